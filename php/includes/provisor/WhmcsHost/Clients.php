<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** Clients of WHMCS, their custom fields and their orders, over WHMCS's own connection. */
final class Clients
{
    private const COLUMNS = [
        'email' => 'email', 'first_name' => 'firstname', 'last_name' => 'lastname', 'company' => 'companyname',
        'phone' => 'phonenumber', 'address1' => 'address1', 'address2' => 'address2', 'city' => 'city',
        'state' => 'state', 'postcode' => 'postcode', 'country' => 'country',
    ];

    /** @return ?array<string, string> */
    public static function get(string $id): ?array
    {
        $row = Capsule::table('tblclients')->where('id', (int) $id)->first(['id', ...array_values(self::COLUMNS)]);
        return $row === null ? null : ['id' => (string) $row->id]
            + array_map(static fn (string $column) => WhmcsHost::plain($row->$column), self::COLUMNS);
    }

    /**
     * Looks a custom field of clients up, and writes its value if one is given.
     *
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function field(array $args): array
    {
        // The order in which WHMCS shows them, and by which its e-mails number them.
        $fields = Capsule::table('tblcustomfields')->where('type', 'client')->orderBy('sortorder')->orderBy('id')
            ->get(['id', 'fieldname', 'adminonly'])->values()->all();
        $loosely = static fn (string $name) => mb_strtolower(trim($name), 'UTF-8');
        foreach ([static fn (string $name) => $name, $loosely] as $read) {
            foreach ($fields as $position => $field) {
                $name = explode('|', WhmcsHost::plain($field->fieldname))[0];
                if ($read($name) === $read((string) $args['name'])) {
                    if (isset($args['value'])) {
                        self::write((int) $field->id, (int) $args['client_id'], (string) $args['value']['secret']);
                    }
                    $hidden = in_array((string) $field->adminonly, ['on', '1'], true);
                    return ['field' => compact('name', 'position') + ['visible' => !$hidden]];
                }
            }
        }
        return ['field' => null];
    }

    /** @return list<array<string, string>> the client's services that a module serves, by id */
    public static function services(string $client, string $module): array
    {
        $rows = Capsule::table('tblhosting')->join('tblproducts', 'tblproducts.id', '=', 'tblhosting.packageid')
            ->where('tblhosting.userid', (int) $client)->where('tblproducts.servertype', $module)
            ->orderBy('tblhosting.id')->limit(1000)
            ->get(['tblhosting.id', 'domainstatus', 'tblproducts.name', 'domain', 'dedicatedip']);
        $services = [];
        foreach ($rows as $row) {
            $services[] = ['id' => (string) $row->id, 'status' => (string) $row->domainstatus,
                'product' => WhmcsHost::plain($row->name), 'domain' => WhmcsHost::plain($row->domain),
                'dedicated_ip' => WhmcsHost::plain($row->dedicatedip)];
        }
        return $services;
    }

    /** @return ?array<string, mixed> */
    public static function order(string $id): ?array
    {
        $order = Capsule::table('tblorders')->where('id', (int) $id)->first(['id', 'userid']);
        if ($order === null) {
            return null;
        }
        $served = static fn (string $column, mixed $ids): array => Capsule::table('tblhosting')
            ->join('tblproducts', 'tblproducts.id', '=', 'tblhosting.packageid')
            ->whereIn($column, $ids)->orderBy('tblhosting.id')->get(['tblhosting.id', 'tblproducts.servertype'])
            ->map(static fn (object $row) => ['id' => (string) $row->id, 'module' => (string) $row->servertype])
            ->values()->all();
        $services = $served('tblhosting.orderid', [$order->id]);
        $changed = self::changed((int) $order->id);
        $modules = array_column([...$services, ...$served('tblhosting.id', $changed)], 'module');
        return ['id' => (string) $order->id, 'client_id' => (string) $order->userid,
            'modules' => array_values(array_unique(array_filter($modules))),
            'only_changes' => $services === [] && $changed !== [],
            'services' => $services];
    }

    /** @return list<int> the services that an order upgrades or adds to; they were there before it, or come with it */
    private static function changed(int $order): array
    {
        $upgrades = static fn () => Capsule::table('tblupgrades')->where('orderid', $order);
        $parent = static fn ($addons) => $addons->pluck('hostingid')->all();
        return array_map(intval(...), [
            ...$upgrades()->where('type', '!=', 'addon')->pluck('relid')->all(),
            ...$parent(Capsule::table('tblhostingaddons')
                ->whereIn('id', $upgrades()->where('type', 'addon')->pluck('relid')->all())),
            ...$parent(Capsule::table('tblhostingaddons')->where('orderid', $order)),
        ]);
    }

    /** No unique key keeps a field from having two rows, so the row is looked for first. */
    private static function write(int $field, int $client, string $value): void
    {
        $row = Capsule::table('tblcustomfieldsvalues')->where('fieldid', $field)->where('relid', $client);
        $value = WhmcsHost::encoded($value);
        if ($row->exists()) {
            $row->update(['value' => $value]);
        } else {
            Capsule::table('tblcustomfieldsvalues')->insert(['fieldid' => $field, 'relid' => $client, 'value' => $value]);
        }
    }
}
