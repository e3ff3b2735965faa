<?php

/** The documented model of tblcustomfieldsvalues. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\CustomField;

use WHMCS\Model\AbstractModel;

class CustomFieldValue extends AbstractModel
{
    protected $table = 'tblcustomfieldsvalues';

}
