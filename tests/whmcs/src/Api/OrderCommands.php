<?php

/** AddOrder, AcceptOrder, CancelOrder, UpgradeProduct. Follows whmcs-contract.md 4.4: AddOrder sets nothing up. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Orders\Orders;
use StandIn\Orders\Upgrades;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class OrderCommands
{
    /** One product an order here; several pid entries make several orders refused. @return array<string, mixed> */
    public static function AddOrder(Input $in): array
    {
        $first = static function (string $name) use ($in): string {
            $value = $in->list($name);
            return (string) (reset($value) ?: '');
        };
        if (count($in->list('pid')) !== 1) {
            throw new Refusal('The stand-in takes exactly one pid an order');
        }
        $placed = Orders::place([
            'clientid' => $in->int('clientid'), 'pid' => (int) $first('pid'),
            'domain' => $first('domain') !== '' ? $first('domain') : $first('hostname'),
            'password' => $first('rootpw'), 'cycle' => $first('billingcycle') ?: 'monthly',
            'gateway' => $in->text('paymentmethod', 'banktransfer'), 'qty' => max(1, (int) $first('qty')),
            'options' => self::choices(Input::unpack($first('configoptions'))),
            'fields' => Input::unpack($first('customfields')),
            'invoice' => !$in->flag('noinvoice'), 'email' => !$in->flag('noinvoiceemail'),
        ]);
        return ['orderid' => $placed['order'], 'serviceids' => (string) $placed['service'], 'addonids' => '',
            'domainids' => '', 'invoiceid' => $placed['invoice']];
    }

    /** @return array<string, mixed> */
    public static function AcceptOrder(Input $in): array
    {
        $how = ['serverid' => $in->int('serverid'), 'username' => $in->text('serviceusername'),
            'password' => $in->text('servicepassword')];
        if ($in->has('autosetup')) {
            $how['autosetup'] = $in->flag('autosetup');
        }
        foreach (Orders::accept($in->int('orderid'), $how) as $result) {
            if ($result !== '' && $result !== 'success') {
                throw new Refusal($result);
            }
        }
        return [];
    }

    /** @return array<string, mixed> */
    public static function CancelOrder(Input $in): array
    {
        Orders::cancel($in->int('orderid'));
        return [];
    }

    /** Only configurable options: product changes are not imitated. @return array<string, mixed> */
    public static function UpgradeProduct(Input $in): array
    {
        if ($in->text('type') !== 'configoptions') {
            throw new Refusal('The stand-in upgrades configoptions only');
        }
        $done = Upgrades::orderOptions(
            $in->int('serviceid'),
            self::choices($in->list('configoptions')),
            $in->flag('calconly')
        );
        return ['price' => $done['price'], 'id' => $done['id'], 'orderid' => $done['orderid'],
            'invoiceid' => $done['invoiceid']];
    }

    /**
     * @param array<int|string, mixed> $values a sub option's id, or a quantity, by configid
     * @return array<int, array{optionid: int, qty: int}>
     */
    private static function choices(array $values): array
    {
        $options = [];
        foreach ($values as $configId => $choice) {
            $type = (int) Capsule::table('tblproductconfigoptions')->where('id', $configId)->value('optiontype');
            $sub = (int) Capsule::table('tblproductconfigoptionssub')->where('configid', $configId)->value('id');
            $options[(int) $configId] = in_array($type, [3, 4], true)
                ? ['optionid' => $sub, 'qty' => (int) $choice]
                : ['optionid' => (int) $choice, 'qty' => 0];
        }
        return $options;
    }

    /** @return array<string, mixed> */
    public static function GetOrders(Input $in): array
    {
        $query = Capsule::table('tblorders');
        foreach (['id', 'userid', 'status'] as $name) {
            if ($in->has($name)) {
                $query->where($name, $in->text($name));
            }
        }
        $rows = $query->orderBy('id')->get()->map(static fn (object $row): array => (array) $row)->all();
        return ['totalresults' => count($rows), 'startnumber' => 0, 'numreturned' => count($rows),
            'orders' => ['order' => $rows]];
    }
}
