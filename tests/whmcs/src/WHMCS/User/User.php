<?php

/** The documented model of tblusers. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\User;

use WHMCS\Model\AbstractModel;

class User extends AbstractModel
{
    protected $table = 'tblusers';

}
