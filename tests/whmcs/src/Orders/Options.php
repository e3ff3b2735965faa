<?php

/** Configurable options of a service. Follows whmcs-contract.md 5.2 (tblproductconfig*, tblhostingconfigoptions). */

declare(strict_types=1);

namespace StandIn\Orders;

use StandIn\Modules\Params;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class Options
{
    /** @return list<object> the options offered with a product */
    public static function ofProduct(int $productId): array
    {
        return Capsule::table('tblproductconfigoptions as o')
            ->join('tblproductconfiglinks as l', 'l.gid', '=', 'o.gid')->where('l.pid', $productId)
            ->orderBy('o.order')->orderBy('o.id')->get(['o.*'])->all();
    }

    /**
     * The order form stores every option: what was not chosen gets the first sub option, or quantity 0.
     *
     * @param array<int, array{optionid: int, qty: int}> $chosen by configid
     * @return array<int, array{optionid: int, qty: int}>
     */
    public static function completed(int $productId, array $chosen): array
    {
        $all = [];
        foreach (self::ofProduct($productId) as $option) {
            $first = (int) Capsule::table('tblproductconfigoptionssub')->where('configid', $option->id)
                ->orderBy('sortorder')->orderBy('id')->value('id');
            $all[(int) $option->id] = $chosen[(int) $option->id] ?? ['optionid' => $first, 'qty' => 0];
        }
        return $all;
    }

    /** @param array<int, array{optionid: int, qty: int}> $options */
    public static function store(int $serviceId, array $options): void
    {
        foreach ($options as $configId => $choice) {
            Capsule::table('tblhostingconfigoptions')->updateOrInsert(
                ['relid' => $serviceId, 'configid' => $configId],
                ['optionid' => $choice['optionid'], 'qty' => $choice['qty']]
            );
        }
    }

    /**
     * Reads "Name=Value" texts: a quantity or yes/no takes a number, the others the name of a sub option.
     *
     * @param list<string> $texts
     * @return array<int, array{optionid: int, qty: int}>
     */
    public static function fromTexts(int $productId, array $texts): array
    {
        $chosen = [];
        foreach ($texts as $text) {
            [$name, $value] = explode('=', $text, 2) + [1 => ''];
            $option = null;
            foreach (self::ofProduct($productId) as $candidate) {
                if (in_array($name, [$candidate->optionname, Params::beforeBar($candidate->optionname)], true)) {
                    $option = $candidate;
                }
            }
            if ($option === null) {
                throw new Refusal("product $productId has no configurable option \"$name\"");
            }
            $chosen[(int) $option->id] = self::choice($option, $value);
        }
        return $chosen;
    }

    /** @return array{optionid: int, qty: int} */
    private static function choice(object $option, string $value): array
    {
        $subs = Capsule::table('tblproductconfigoptionssub')->where('configid', $option->id)->orderBy('id')->get();
        if (in_array((int) $option->optiontype, [3, 4], true)) {
            return ['optionid' => (int) ($subs->first()->id ?? 0), 'qty' => (int) $value];
        }
        foreach ($subs as $sub) {
            if (in_array($value, [$sub->optionname, Params::beforeBar((string) $sub->optionname)], true)) {
                return ['optionid' => (int) $sub->id, 'qty' => 0];
            }
        }
        throw new Refusal("option \"$option->optionname\" has no choice \"$value\"");
    }
}
