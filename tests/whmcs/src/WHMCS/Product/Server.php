<?php

/** The documented model of tblservers. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Product;

use WHMCS\Model\AbstractModel;

class Server extends AbstractModel
{
    protected $table = 'tblservers';

    public $timestamps = false;
}
