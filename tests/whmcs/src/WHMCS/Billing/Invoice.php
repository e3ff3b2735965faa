<?php

/** The documented model of tblinvoices. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Billing;

use WHMCS\Model\AbstractModel;

class Invoice extends AbstractModel
{
    protected $table = 'tblinvoices';

    public const STATUS_DRAFT = 'Draft';
    public const STATUS_UNPAID = 'Unpaid';
    public const STATUS_PAID = 'Paid';
    public const STATUS_CANCELLED = 'Cancelled';
    public const STATUS_REFUNDED = 'Refunded';
    public const STATUS_COLLECTIONS = 'Collections';
    public const STATUS_PAYMENT_PENDING = 'Payment Pending';

    protected const ALIASES = ['clientId' => 'userid', 'dateDue' => 'duedate', 'datePaid' => 'datepaid',
        'paymentGateway' => 'paymentmethod', 'invoiceNumber' => 'invoicenum'];

    public function client(): \Illuminate\Database\Eloquent\Relations\BelongsTo
    {
        return $this->belongsTo(\WHMCS\User\Client::class, 'userid');
    }

    public function items(): \Illuminate\Database\Eloquent\Relations\HasMany
    {
        return $this->hasMany(Invoice\Item::class, 'invoiceid');
    }
}
