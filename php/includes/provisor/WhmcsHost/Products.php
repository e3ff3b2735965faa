<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** Products and the servers that WHMCS has for them, for pages of staff and for crons. Reads only. */
final class Products
{
    /** @return list<string> the 24 module settings of a product, as they are stored; empty texts for one that is not there */
    public static function options(int $product): array
    {
        $row = Capsule::table('tblproducts')->where('id', $product)->first();
        return array_map(static fn (int $n) => WhmcsHost::plain((string) ($row->{"configoption$n"} ?? '')), range(1, 24));
    }

    /** The server group of a product; 0 for none. */
    public static function group(int $product): int
    {
        return (int) Capsule::table('tblproducts')->where('id', $product)->value('servergroup');
    }

    /** The first server of a group that takes orders, as WHMCS hands it to a Loader; '' for none. */
    public static function server(int $group, string $module): string
    {
        $members = Capsule::table('tblservergroupsrel')->where('groupid', $group)->pluck('serverid')->all();
        return (string) Capsule::table('tblservers')->whereIn('id', $members)->where('type', $module)
            ->where('disabled', 0)->orderBy('id')->value('id');
    }

    /** @return list<string> the ids of a module's disabled servers */
    public static function disabledServers(string $module): array
    {
        $ids = Capsule::table('tblservers')->where('type', $module)->where('disabled', 1)->orderBy('id')->pluck('id');
        return array_map('strval', $ids->all());
    }

    /** @return array<int, array{name: string, disabled: bool}> a module's servers, by id, in the order of their names */
    public static function servers(string $module): array
    {
        $servers = [];
        $rows = Capsule::table('tblservers')->where('type', $module)->orderBy('name')->orderBy('id')
            ->get(['id', 'name', 'disabled']);
        foreach ($rows as $row) {
            $servers[(int) $row->id] = ['name' => WhmcsHost::plain($row->name), 'disabled' => (int) $row->disabled !== 0];
        }
        return $servers;
    }

    /**
     * The configurable options that a product has, by id, as its groups have them in order.
     *
     * @return array<int, array{name: string, kind: string}> with the kinds of the op service.get
     */
    public static function configurableOptions(int $product): array
    {
        $groups = Capsule::table('tblproductconfiglinks')->where('pid', $product)->pluck('gid')->all();
        $rows = Capsule::table('tblproductconfigoptions')->whereIn('gid', $groups)
            ->orderBy('gid')->orderBy('order')->orderBy('id')->get(['id', 'optionname', 'optiontype']);
        $options = [];
        foreach ($rows as $row) {
            $kind = Records::KINDS[(string) $row->optiontype] ?? '';
            $options[(int) $row->id] = ['name' => WhmcsHost::plain($row->optionname), 'kind' => $kind];
        }
        return $options;
    }
}
