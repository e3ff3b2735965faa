<?php

/** The documented model of tblemails. Follows whmcs-contract.md 5.3 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Mail;

use WHMCS\Model\AbstractModel;

class Log extends AbstractModel
{
    protected $table = 'tblemails';

    public $timestamps = false;
}
