<?php

/** The documented model of tblhostingaddons. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Service;

use WHMCS\Model\AbstractModel;

class Addon extends AbstractModel
{
    protected $table = 'tblhostingaddons';

}
