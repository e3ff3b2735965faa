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
}
