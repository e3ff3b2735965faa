<?php

/** The documented model of tblcurrencies. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Billing;

use WHMCS\Model\AbstractModel;

class Currency extends AbstractModel
{
    protected $table = 'tblcurrencies';

    public $timestamps = false;
}
