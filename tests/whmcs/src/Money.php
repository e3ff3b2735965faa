<?php

/** Amounts as text and in a currency's format. Follows whmcs-contract.md 5.2 (tblcurrencies.format) and 4.5. */

declare(strict_types=1);

namespace StandIn;

use WHMCS\Database\Capsule;

final class Money
{
    /** Two digits, as decimal columns give them on MariaDB. */
    public static function plain(mixed $amount): string
    {
        return number_format(round((float) $amount, 2), 2, '.', '');
    }

    public static function format(mixed $amount, int $currencyId): string
    {
        $currency = self::currency($currencyId);
        return $currency->prefix . match ((int) $currency->format) {
            2 => number_format((float) $amount, 2, '.', ','),
            3 => number_format((float) $amount, 2, ',', '.'),
            4 => number_format((float) $amount, 0, '.', ','),
            default => number_format((float) $amount, 2, '.', ''),
        } . $currency->suffix;
    }

    public static function currency(int $currencyId): object
    {
        return Capsule::table('tblcurrencies')->find($currencyId)
            ?? Capsule::table('tblcurrencies')->where('default', 1)->first()
            ?? throw new Refusal('there is no default currency');
    }

    public static function currencyOfClient(int $clientId): object
    {
        return self::currency((int) Capsule::table('tblclients')->where('id', $clientId)->value('currency'));
    }
}
