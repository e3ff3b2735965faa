<?php

/** The hazards that are hooks of somebody else: DDL in the middle, jobs started by publishing, exceptions. */

declare(strict_types=1);

namespace StandIn\Nasty;

use StandIn\Modules\Loader;
use StandIn\Modules\Params;
use WHMCS\Database\Capsule;

final class Hooks
{
    private static bool $nested = false;

    public static function register(): void
    {
        $switches = Switches::here();
        if ($switches->isOn('ddl_hook')) {
            $points = ['InvoiceCreation', 'InvoiceCreated', 'PreModuleCreate', 'AfterModuleCreate', 'LogActivity'];
            foreach ($points as $point) {
                add_hook($point, 1, static fn () => self::runDdl());
            }
        }
        if ($switches->isOn('publish_hooks_start_jobs')) {
            foreach (['InvoiceCreationPreEmail', 'InvoiceCreated'] as $point) {
                add_hook($point, 1, static fn () => self::startJobs());
            }
        }
        if ($switches->isOn('hooks_throw')) {
            foreach (['InvoiceCreated', 'AfterModuleCreate'] as $point) {
                add_hook($point, 1, static fn () => throw new \RuntimeException("somebody's $point hook fell over"));
            }
        }
    }

    /** DDL commits implicitly on MariaDB (whmcs-contract.md 2.4); SQLite keeps it inside the transaction. */
    private static function runDdl(): void
    {
        Capsule::connection()->unprepared('CREATE TABLE IF NOT EXISTS mod_standin_ddl (id INT)');
        Capsule::connection()->unprepared('DROP TABLE IF EXISTS mod_standin_ddl');
    }

    /** The daily work of every server module, in this process and, where the module has an entry file, in another. */
    private static function startJobs(): void
    {
        if (self::$nested || getenv('STAND_IN_NESTED') !== false) {
            return;
        }
        if (!Switches::here()->spend('publish_hooks_start_jobs')) {
            return;
        }
        self::$nested = true;
        try {
            foreach (Capsule::table('tblservers')->where('disabled', 0)->get() as $server) {
                Loader::load($server->type);
                Loader::call($server->type, 'UsageUpdate', Params::forServer((int) $server->id));
                $entry = ROOTDIR . "/modules/servers/{$server->type}/cron_bandwidth.php";
                if (is_file($entry) && !Capsule::connection()->getPdo()->inTransaction()) {
                    exec('STAND_IN_NESTED=1 ' . escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg($entry) . ' 2>&1');
                }
            }
        } finally {
            self::$nested = false;
        }
    }
}
