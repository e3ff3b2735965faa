<?php

/** The documented model of tblpricing. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Billing;

use WHMCS\Model\AbstractModel;

class Pricing extends AbstractModel
{
    protected $table = 'tblpricing';

    public $timestamps = false;
}
