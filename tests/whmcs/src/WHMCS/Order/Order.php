<?php

/** The documented model of tblorders. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Order;

use WHMCS\Model\AbstractModel;

class Order extends AbstractModel
{
    protected $table = 'tblorders';

    public $timestamps = false;
}
