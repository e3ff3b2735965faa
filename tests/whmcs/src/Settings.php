<?php

/** Rows of tblconfiguration. Follows whmcs-contract.md 5.2 (tblconfiguration: setting, value). */

declare(strict_types=1);

namespace StandIn;

use WHMCS\Database\Capsule;

final class Settings
{
    /** The values a fresh installation has. */
    public const DEFAULTS = [
        'Version' => '8.13.1-release.1',
        'SystemURL' => 'http://127.0.0.1/',
        'Language' => 'english',
        'CompanyName' => 'Example Hosting',
        'Email' => 'billing@example.test',
        'Charset' => 'utf-8',
        'Template' => 'twenty-one',
        'DateFormat' => 'DD/MM/YYYY',
        'TaxEnabled' => '',
        'TaxType' => 'Exclusive',
        'TaxL2Compound' => '',
        'CreateInvoiceDaysBefore' => '14',
        'AutoSuspension' => 'on',
        'AutoSuspensionDays' => '5',
        'AutoTermination' => '',
        'AutoTerminationDays' => '30',
        'AutoCancellationRequests' => 'on',
        'OverageBilling' => 'on',
        'ModuleDebugMode' => '',
        'ModuleHooks' => '',
        'ActiveAddonModules' => '',
        'AddonModulesHooks' => '',
        'DailyCronHour' => '0',
        'DailyCronLastRun' => '',
        'StandInNow' => '',
    ];

    public static function get(string $name): string
    {
        return (string) Capsule::table('tblconfiguration')->where('setting', $name)->value('value');
    }

    public static function set(string $name, string $value): void
    {
        Capsule::table('tblconfiguration')->updateOrInsert(['setting' => $name], ['value' => $value]);
        $GLOBALS['CONFIG'][$name] = $value;
    }

    /** @return array<string, string> */
    public static function all(): array
    {
        return Capsule::table('tblconfiguration')->pluck('value', 'setting')
            ->map(static fn ($value): string => (string) $value)->all();
    }
}
