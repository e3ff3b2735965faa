<?php

/** Chooses the server of a service. Follows whmcs-contract.md 1.19. */

declare(strict_types=1);

namespace StandIn\Orders;

use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class Servers
{
    public static function assign(int $serviceId, int $forced = 0): void
    {
        $service = Capsule::table('tblhosting')->find($serviceId);
        if ($forced === 0 && (int) $service->server > 0) {
            return;
        }
        $server = $forced > 0 ? $forced : self::choose((int) $service->packageid);
        Capsule::table('tblhosting')->where('id', $serviceId)->update(['server' => $server]);
    }

    /** @return int 0: the product's module has no server that takes orders */
    private static function choose(int $productId): int
    {
        $product = Capsule::table('tblproducts')->find($productId);
        $servers = Capsule::table('tblservers')->where('type', $product->servertype)->where('disabled', 0);
        $fillType = 1;
        if ((int) $product->servergroup > 0) {
            $members = Capsule::table('tblservergroupsrel')->where('groupid', $product->servergroup)->pluck('serverid');
            $servers->whereIn('id', $members->all());
            $fillType = (int) Capsule::table('tblservergroups')->where('id', $product->servergroup)->value('filltype');
        }
        $best = 0;
        $bestLoad = PHP_INT_MAX;
        foreach ($servers->orderBy('active', 'desc')->orderBy('id')->get() as $server) {
            $load = Capsule::table('tblhosting')->where('server', $server->id)
                ->whereIn('domainstatus', ['Active', 'Suspended', 'Pending'])->count();
            if ((int) $server->maxaccounts > 0 && $load >= (int) $server->maxaccounts) {
                continue;
            }
            if ($fillType === 2) {
                return (int) $server->id;
            }
            if ($load < $bestLoad) {
                [$best, $bestLoad] = [(int) $server->id, $load];
            }
        }
        return $best;
    }

    public static function mustExist(int $serverId): void
    {
        if (!Capsule::table('tblservers')->where('id', $serverId)->exists()) {
            throw new Refusal('Server ID Not Found');
        }
    }
}
