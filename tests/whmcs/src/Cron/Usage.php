<?php

/**
 * The task ServerUsageStats: UsageUpdate once for each enabled server. Follows whmcs-contract.md 1.13; an exception of
 * one module ends that server only (1.8).
 */

declare(strict_types=1);

namespace StandIn\Cron;

use StandIn\Modules\Loader;
use StandIn\Modules\Params;
use StandIn\Nasty\OuterTransaction;
use WHMCS\Database\Capsule;

final class Usage
{
    public static function update(): int
    {
        $done = 0;
        foreach (Capsule::table('tblservers')->where('disabled', 0)->orderBy('id')->get() as $server) {
            $done += self::updateServer($server) ? 1 : 0;
        }
        return $done;
    }

    public static function updateServer(object $server): bool
    {
        try {
            Loader::load($server->type);
            if (!Loader::has($server->type, 'UsageUpdate')) {
                return false;
            }
            $params = Params::forServer((int) $server->id);
            OuterTransaction::around(static fn () => Loader::call($server->type, 'UsageUpdate', $params));
            return true;
        } catch (\Throwable $error) {
            logActivity("Server Usage Update Failed: {$server->name}: " . $error::class . ': ' . $error->getMessage());
            return false;
        }
    }
}
