<?php

/** The few texts of the stand-in's own pages, and those of language overrides. Follows whmcs-contract.md 2.7. */

declare(strict_types=1);

namespace StandIn\Pages;

use StandIn\Settings;

final class Language
{
    private const ENGLISH = [
        'clientareaproductdetails' => 'Product Details', 'clientareastatus' => 'Status', 'orderproduct' => 'Product',
        'clientareahostingregdate' => 'Registration Date', 'clientareahostingnextduedate' => 'Next Due Date',
        'orderbillingcycle' => 'Billing Cycle', 'recurringamount' => 'Recurring Amount',
        'firstpaymentamount' => 'First Payment Amount', 'suspendreason' => 'Suspension Reason',
        'clientareadiskusage' => 'Disk Usage', 'clientareabwusage' => 'Bandwidth Usage',
        'clientareadisklimit' => 'Disk Limit', 'clientareabwlimit' => 'Bandwidth Limit',
        'clientarealastupdated' => 'Last Updated', 'resourceUsage' => 'Resource Usage', 'manage' => 'Manage',
        'orderconfigpackage' => 'Configurable Options', 'additionalInfo' => 'Additional Information',
        'moduleactionsuccess' => 'Action Completed Successfully!', 'moduleactionfailed' => 'Action Failed',
        'loginemail' => 'Email Address', 'loginpassword' => 'Password', 'loginbutton' => 'Login',
        'clientareahostname' => 'Hostname', 'primaryIP' => 'Primary IP', 'assignedIPs' => 'Assigned IPs',
        'actions' => 'Actions', 'overview' => 'Overview',
    ];

    /** @var array<string, string>|null */
    private static ?array $texts = null;

    public static function text(string $key): string
    {
        return self::all()[$key] ?? $key;
    }

    /** @return array<string, string> */
    public static function all(): array
    {
        if (self::$texts === null) {
            $_LANG = self::ENGLISH;
            $file = ROOTDIR . '/lang/overrides/' . basename(Settings::get('Language')) . '.php';
            if (is_file($file)) {
                require $file;
            }
            self::$texts = $_LANG;
            $GLOBALS['_LANG'] = $_LANG;
        }
        return self::$texts;
    }
}
