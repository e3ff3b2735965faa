<?php

/** The documented model of tblmodulequeue. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Module;

use WHMCS\Model\AbstractModel;

class Queue extends AbstractModel
{
    protected $table = 'tblmodulequeue';

}
