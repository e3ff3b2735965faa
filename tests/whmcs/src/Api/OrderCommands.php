<?php

/** AddOrder, AcceptOrder, CancelOrder, GetOrders. Follows whmcs-contract.md 4.4: AddOrder ignores automatic set-up. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Orders\Orders;
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
        $options = [];
        foreach (Input::unpack($first('configoptions')) as $configId => $choice) {
            $type = (int) Capsule::table('tblproductconfigoptions')->where('id', $configId)->value('optiontype');
            $sub = (int) Capsule::table('tblproductconfigoptionssub')->where('configid', $configId)->value('id');
            $options[(int) $configId] = in_array($type, [3, 4], true)
                ? ['optionid' => $sub, 'qty' => (int) $choice]
                : ['optionid' => (int) $choice, 'qty' => 0];
        }
        $placed = Orders::place([
            'clientid' => $in->int('clientid'), 'pid' => (int) $first('pid'),
            'domain' => $first('domain') !== '' ? $first('domain') : $first('hostname'),
            'password' => $first('rootpw'), 'cycle' => $first('billingcycle') ?: 'monthly',
            'gateway' => $in->text('paymentmethod', 'banktransfer'), 'qty' => max(1, (int) $first('qty')),
            'options' => $options, 'fields' => Input::unpack($first('customfields')),
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
