<?php

/** The documented model of tbladmins. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\User;

use WHMCS\Model\AbstractModel;

class Admin extends AbstractModel
{
    protected $table = 'tbladmins';

}
