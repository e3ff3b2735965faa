<?php

/** The documented model of tblinvoiceitems. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Billing\Invoice;

use WHMCS\Model\AbstractModel;

class Item extends AbstractModel
{
    protected $table = 'tblinvoiceitems';

    public $timestamps = false;
    public function invoice(): \Illuminate\Database\Eloquent\Relations\BelongsTo
    {
        return $this->belongsTo(\WHMCS\Billing\Invoice::class, 'invoiceid');
    }
}
