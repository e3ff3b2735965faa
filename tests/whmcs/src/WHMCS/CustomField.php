<?php

/** The documented model of tblcustomfields. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS;

use WHMCS\Model\AbstractModel;

class CustomField extends AbstractModel
{
    protected $table = 'tblcustomfields';

}
