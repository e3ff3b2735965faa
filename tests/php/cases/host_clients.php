<?php

/** Clients, their own fields and their orders, as the core reads and writes them. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** @param array<string, int> $names custom fields of clients with their place of display */
function fields(array $names, string $adminOnly = ''): void
{
    foreach ($names as $name => $place) {
        Whmcs::add('tblcustomfields', ['type' => 'client', 'relid' => 0, 'fieldname' => $name, 'fieldtype' => 'text',
            'sortorder' => $place, 'adminonly' => $adminOnly]);
    }
}

/** @return array<string, mixed>|null */
function field(string $name, ?string $value = null): ?array
{
    return (new WhmcsHost())->answer('client.field', ['client_id' => '7', 'name' => $name]
        + ($value === null ? [] : ['value' => ['secret' => $value]]))['field'];
}

return [
    'a client is told with company and address, decoded' => static function (): void {
        $id = (string) Whmcs::add('tblclients', ['firstname' => 'Ann', 'lastname' => 'Lee', 'email' => 'a@b.test',
            'companyname' => 'Lee &amp; Sons', 'address1' => 'Weg 1', 'city' => 'Berlin', 'postcode' => '10115',
            'country' => 'DE', 'phonenumber' => '+49.301']);
        Check::same(['client' => ['id' => $id, 'email' => 'a@b.test', 'first_name' => 'Ann', 'last_name' => 'Lee',
            'company' => 'Lee & Sons', 'phone' => '+49.301', 'address1' => 'Weg 1', 'address2' => '', 'city' => 'Berlin',
            'state' => '', 'postcode' => '10115', 'country' => 'DE']], (new WhmcsHost())->answer('client.get', compact('id')));
        Check::same(['client' => null], (new WhmcsHost())->answer('client.get', ['id' => '99']));
    },
    'a field is found by its exact name first, then without case and spaces' => static function (): void {
        Whmcs::add('tblcustomfields', ['type' => 'product', 'relid' => 1, 'fieldname' => 'Pass Key', 'sortorder' => 0]);
        Check::same(null, field('Pass Key'), 'a product field is none of the client');
        fields(['VAT' => 0, ' pass key ' => 1, 'Fax' => 2]);
        Check::same(['name' => ' pass key ', 'position' => 1, 'visible' => true], field('Pass Key'));
        fields(['Pass Key' => 3], 'on');
        Check::same(['name' => 'Pass Key', 'position' => 3, 'visible' => false], field('Pass Key'));
        Check::same(null, field('Pass'));
        fields(['First' => -1]);
        Check::same(4, field('Pass Key')['position'], 'its place in the order of display');
    },
    'a value is written once into the field, encoded, and may be written again' => static function (): void {
        fields(['VAT' => 0, 'Pass Key' => 1]);
        Check::same(0, Capsule::table('tblcustomfieldsvalues')->count());
        field('Pass Key');
        Check::same(0, Capsule::table('tblcustomfieldsvalues')->count(), 'looking writes nothing');
        field('Pass Key', 'K7<Q2');
        field('Pass Key', 'K7<Q2');
        Check::same(['K7&lt;Q2'], Capsule::table('tblcustomfieldsvalues')->where('relid', 7)->pluck('value')->all());
        field('Pass Key', 'K8');
        Check::same(['K8'], Capsule::table('tblcustomfieldsvalues')->pluck('value')->all());
    },
    'an order is told with its client, its services and the modules of their products' => static function (): void {
        $made = [];
        $order = Whmcs::add('tblorders', ['userid' => 7, 'status' => 'Pending']);
        foreach (['onapp', 'acme', 'acme', ''] as $module) {
            $product = Whmcs::add('tblproducts', ['servertype' => $module]);
            $made[] = Whmcs::add('tblhosting', ['userid' => 7, 'packageid' => $product, 'orderid' => $order]);
        }
        Whmcs::add('tblhosting', ['userid' => 7, 'packageid' => Whmcs::add('tblproducts', ['servertype' => 'other']),
            'orderid' => 99]);
        $told = (new WhmcsHost())->answer('order.get', ['id' => (string) $order])['order'];
        sort($told['modules']);
        $services = array_map(static fn ($id, string $module) => ['id' => (string) $id, 'module' => $module], $made, [
            'onapp', 'acme', 'acme', '',
        ]);
        Check::same(['id' => (string) $order, 'client_id' => '7', 'modules' => ['acme', 'onapp'],
            'only_changes' => false, 'services' => $services], $told);
        Check::same(['order' => null], (new WhmcsHost())->answer('order.get', ['id' => '99']));
    },
    'an order that upgrades a service or adds to it is told with the module of that service' => static function (): void {
        $product = Whmcs::add('tblproducts', ['servertype' => 'acme']);
        $service = Whmcs::add('tblhosting', ['userid' => 7, 'packageid' => $product, 'orderid' => 98]);
        $addon = Whmcs::add('tblhostingaddons', ['userid' => 7, 'hostingid' => $service, 'orderid' => 98]);
        $lines = [
            ['tblupgrades', ['type' => 'package', 'relid' => $service]],
            ['tblupgrades', ['type' => 'configoptions', 'relid' => $service]],
            ['tblupgrades', ['type' => 'addon', 'relid' => $addon]],
            ['tblhostingaddons', ['hostingid' => $service]],
        ];
        foreach ($lines as [$table, $line]) {
            $order = Whmcs::add('tblorders', ['userid' => 7, 'status' => 'Pending']);
            Whmcs::add($table, $line + ['userid' => 7, 'orderid' => $order]);
            $told = (new WhmcsHost())->answer('order.get', ['id' => (string) $order])['order'];
            Check::same([['acme'], true, []], [$told['modules'], $told['only_changes'], $told['services']]);
        }
        // Beside a new service it is no mere change; the module of the old one is told all the same.
        $other = Whmcs::add('tblproducts', ['servertype' => 'onapp']);
        $made = Whmcs::add('tblhosting', ['userid' => 7, 'packageid' => $other, 'orderid' => $order]);
        $told = (new WhmcsHost())->answer('order.get', ['id' => (string) $order])['order'];
        Check::same([['onapp', 'acme'], false, (string) $made],
            [$told['modules'], $told['only_changes'], $told['services'][0]['id']]);
        // An order of a domain alone changes nothing that was there.
        $domain = Whmcs::add('tblorders', ['userid' => 7, 'status' => 'Pending']);
        $told = (new WhmcsHost())->answer('order.get', ['id' => (string) $domain])['order'];
        Check::same([[], false], [$told['modules'], $told['only_changes']]);
    },
];
