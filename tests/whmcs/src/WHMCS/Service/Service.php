<?php

/** The documented model of tblhosting. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Service;

use WHMCS\Model\AbstractModel;

class Service extends AbstractModel
{
    protected $table = 'tblhosting';

    public const STATUS_PENDING = 'Pending';
    public const STATUS_ACTIVE = 'Active';
    public const STATUS_SUSPENDED = 'Suspended';
    public const STATUS_TERMINATED = 'Terminated';
    public const STATUS_CANCELLED = 'Cancelled';
    public const STATUS_FRAUD = 'Fraud';
    public const STATUS_COMPLETED = 'Completed';

    protected const ALIASES = ['clientId' => 'userid', 'packageId' => 'packageid', 'serverId' => 'server',
        'registrationDate' => 'regdate', 'paymentGateway' => 'paymentmethod', 'status' => 'domainstatus',
        'promotionId' => 'promoid', 'overrideAutoSuspend' => 'overideautosuspend',
        'overrideSuspendUntilDate' => 'overidesuspenduntil', 'bandwidthUsage' => 'bwusage',
        'bandwidthLimit' => 'bwlimit', 'diskUsage' => 'diskusage', 'diskLimit' => 'disklimit',
        'orderId' => 'orderid'];

    /** whmcs-contract.md 1.16 */
    public function getServicePropertiesAttribute(): \StandIn\Modules\ServiceProperties
    {
        return new \StandIn\Modules\ServiceProperties((int) $this->id);
    }

    public function client(): \Illuminate\Database\Eloquent\Relations\BelongsTo
    {
        return $this->belongsTo(\WHMCS\User\Client::class, 'userid');
    }

    public function product(): \Illuminate\Database\Eloquent\Relations\BelongsTo
    {
        return $this->belongsTo(\WHMCS\Product\Product::class, 'packageid');
    }

    public function order(): \Illuminate\Database\Eloquent\Relations\BelongsTo
    {
        return $this->belongsTo(\WHMCS\Order\Order::class, 'orderid');
    }

    public function addons(): \Illuminate\Database\Eloquent\Relations\HasMany
    {
        return $this->hasMany(Addon::class, 'hostingid');
    }
}
