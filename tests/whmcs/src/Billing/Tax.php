<?php

/** Tax rates of a client and the tax of lines. Follows whmcs-contract.md 5.2 (tblinvoices: TaxType, TaxL2Compound). */

declare(strict_types=1);

namespace StandIn\Billing;

use StandIn\Settings;
use WHMCS\Database\Capsule;

final class Tax
{
    /** The most specific row: state and country, then country, then everywhere. */
    public static function row(int $level, string $state, string $country): ?object
    {
        foreach ([[$state, $country], ['', $country], ['', '']] as [$inState, $inCountry]) {
            $row = Capsule::table('tbltax')->where('level', $level)->where('state', $inState)
                ->where('country', $inCountry)->first();
            if ($row !== null) {
                return $row;
            }
        }
        return null;
    }

    /** @return array{string, string} rates of level 1 and 2 in percent, "0" for exempt clients */
    public static function ratesOf(int $clientId): array
    {
        $client = Capsule::table('tblclients')->find($clientId);
        if (Settings::get('TaxEnabled') !== 'on' || (int) $client->taxexempt === 1) {
            return ['0', '0'];
        }
        $rate = static fn (int $level): string
            => (string) (self::row($level, (string) $client->state, (string) $client->country)->taxrate ?? '0');
        return [$rate(1), $rate(2)];
    }

    /**
     * @return array{float, float, float} subtotal, tax, tax2, each rounded to two digits
     */
    public static function split(float $untaxed, float $taxed, float $rate1, float $rate2): array
    {
        $compound = Settings::get('TaxL2Compound') === 'on';
        if (Settings::get('TaxType') === 'Inclusive') {
            $divisor = $compound ? (1 + $rate1 / 100) * (1 + $rate2 / 100) : 1 + ($rate1 + $rate2) / 100;
            $net = round($taxed / $divisor, 2);
            $tax1 = round($net * $rate1 / 100, 2);
            return [$untaxed + $net, $tax1, $rate2 > 0 ? round($taxed - $net - $tax1, 2) : 0.0];
        }
        $tax1 = round($taxed * $rate1 / 100, 2);
        return [$untaxed + $taxed, $tax1, round(($taxed + ($compound ? $tax1 : 0)) * $rate2 / 100, 2)];
    }
}
