<?php

/** The documented model of tblaccounts. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Billing\Payment;

use WHMCS\Model\AbstractModel;

class Transaction extends AbstractModel
{
    protected $table = 'tblaccounts';

    public $timestamps = false;
}
