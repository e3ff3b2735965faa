<?php

/** Billing cycles: column in tblpricing, length. Follows whmcs-contract.md 5.2 (tblhosting, tblpricing). */

declare(strict_types=1);

namespace StandIn\Orders;

use StandIn\Refusal;
use WHMCS\Carbon;

final class Cycle
{
    private const MONTHS = ['Monthly' => 1, 'Quarterly' => 3, 'Semi-Annually' => 6, 'Annually' => 12,
        'Biennially' => 24, 'Triennially' => 36];

    /** The name as tblhosting.billingcycle has it. */
    public static function named(string $text): string
    {
        foreach (['Free Account', 'One Time', ...array_keys(self::MONTHS)] as $name) {
            if (strcasecmp(preg_replace('/[^a-z]/i', '', $text), preg_replace('/[^a-z]/i', '', $name)) === 0) {
                return $name;
            }
        }
        throw new Refusal("\"$text\" is no billing cycle such as monthly or annually");
    }

    /** A one-time price sits in the column of the month. */
    public static function column(string $cycle): string
    {
        return isset(self::MONTHS[$cycle]) ? strtolower(str_replace('-', '', $cycle)) : 'monthly';
    }

    public static function after(string $date, string $cycle): string
    {
        if (!isset(self::MONTHS[$cycle]) || $date === '' || str_starts_with($date, '0000')) {
            return $date;
        }
        return Carbon::parse($date)->addMonthsNoOverflow(self::MONTHS[$cycle])->format('Y-m-d');
    }

    public static function before(string $date, string $cycle): string
    {
        return Carbon::parse($date)->subMonthsNoOverflow(self::MONTHS[$cycle] ?? 0)->format('Y-m-d');
    }

    public static function recurs(string $cycle): bool
    {
        return isset(self::MONTHS[$cycle]);
    }
}
