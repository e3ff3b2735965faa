<?php

/** The documented model of tblproducts. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Product;

use WHMCS\Model\AbstractModel;

class Product extends AbstractModel
{
    protected $table = 'tblproducts';

}
