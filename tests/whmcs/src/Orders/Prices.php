<?php

/** Prices of a product with options, per currency and cycle. Follows whmcs-contract.md 5.2 (tblpricing). */

declare(strict_types=1);

namespace StandIn\Orders;

use StandIn\Money;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class Prices
{
    private const CYCLES = ['monthly', 'quarterly', 'semiannually', 'annually', 'biennially', 'triennially'];

    /**
     * @param array<int, array{optionid: int, qty: int}> $options
     * @return array{setup: string, recurring: string}
     */
    public static function of(int $productId, string $cycle, int $currency, array $options): array
    {
        $column = Cycle::column($cycle);
        $row = self::row('product', $productId, $currency);
        if ($row === null || (float) $row->$column < 0) {
            throw new Refusal("product $productId has no $cycle price in currency $currency");
        }
        $setup = (float) $row->{$column[0] . 'setupfee'};
        $recurring = (float) $row->$column;
        foreach ($options as $configId => $choice) {
            $type = (int) Capsule::table('tblproductconfigoptions')->where('id', $configId)->value('optiontype');
            $price = self::row('configoptions', $choice['optionid'], $currency);
            if ($price !== null) {
                $recurring += (float) $price->$column * (in_array($type, [3, 4], true) ? $choice['qty'] : 1);
            }
        }
        return ['setup' => Money::plain($setup), 'recurring' => Money::plain($recurring)];
    }

    private static function row(string $type, int $relatedId, int $currency): ?object
    {
        return Capsule::table('tblpricing')->where('type', $type)->where('relid', $relatedId)
            ->where('currency', $currency)->first();
    }

    /** One monthly price in the default currency, in the others at their rate; longer cycles are multiples. */
    public static function store(string $type, int $relatedId, string $monthly): void
    {
        $months = ['monthly' => 1, 'quarterly' => 3, 'semiannually' => 6, 'annually' => 12, 'biennially' => 24,
            'triennially' => 36];
        foreach (Capsule::table('tblcurrencies')->get() as $currency) {
            $prices = [];
            foreach (self::CYCLES as $cycle) {
                $prices[$cycle] = Money::plain((float) $monthly * $months[$cycle] * (float) $currency->rate);
            }
            Capsule::table('tblpricing')->updateOrInsert(
                ['type' => $type, 'relid' => $relatedId, 'currency' => $currency->id],
                $prices
            );
        }
    }
}
