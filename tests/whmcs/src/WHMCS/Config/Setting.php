<?php

/** Settings by name. Follows whmcs-contract.md 4.5. */

declare(strict_types=1);

namespace WHMCS\Config;

use WHMCS\Model\AbstractModel;

class Setting extends AbstractModel
{
    protected $table = 'tblconfiguration';

    public static function getValue(string $name): string
    {
        return \StandIn\Settings::get($name);
    }

    public static function setValue(string $name, string $value): void
    {
        \StandIn\Settings::set($name, $value);
    }
}
