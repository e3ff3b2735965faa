<?php

/** FFI forbidden: the same main job through the program beside the library. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

return ['the main job without FFI' => static function (): void {
    $w = new World();
    $w->php = ['ffi.enable=0'];
    $way = $w->wait($w->spawn(['-r', "require '$w->root/init.php'; require_once '$w->root/includes/provisor/load.php';"
        . ' Provisor\Job::run("onapp.settings", []); echo Provisor\Session::way();']))[1];
    Promise::says('program ', $way, 'the core is the program');
    Promise::says('"success": true', $w->try('module', '--server', '1', '--action', 'testconnection')[1],
        'the connection test succeeds');
    $service = $w->running();
    $vm = $w->vmOf($service);
    Promise::same('ready', $w->value('SELECT state FROM mod_provisor_services'), 'an order becomes a settled VM');
    $w->clock('2026-02-10T01:00:00Z');
    $w->traffic($service, '2026-01-10T09:00:00Z', '2026-02-09T23:00:00Z', 4000);
    $w->do('nasty', '--set', 'createinvoice_dies=1');
    Promise::same(128 + SIGKILL, $w->wait($w->startCron())[0], 'a cron is killed in CreateInvoice');
    $w->run("UPDATE mod_provisor_periods SET lease_until = '2020-01-01T00:00:00Z'");
    $w->cron();
    Promise::says('0 invoices published', $w->cron(), 'then there is nothing left to do');
    $w->billedOnce($w->truth([$service => [$vm]], '2026-01-10'));
    foreach (['suspend' => true, 'unsuspend' => false] as $action => $suspended) {
        Promise::same('success', $w->module($service, $action), $action);
        Promise::same($suspended, $w->panel->vms()[0]['suspended'], "$action is in force");
        $w->advance(300);
    }
    $w->clock('2026-02-20T00:30:00Z');
    $w->traffic($service, '2026-02-10T01:00:00Z', '2026-02-20T00:00:00Z', 20_000);
    Promise::same('success', $w->module($service, 'terminate'), 'terminate');
    $w->clock('2026-03-13T02:00:00Z');
    $w->cron();
    $w->billedOnce($w->truth([$service => [$vm]], '2026-01-10'), 'with the final bill');
    Promise::same([1, 0], [count($w->panel->vms(false)), count($w->panel->vms())], 'one VM, deleted');
    $left = array_filter(glob('/proc/[0-9]*/exe') ?: [], static fn (string $link) => str_starts_with(
        (string) @readlink($link),
        "$w->root/"
    ));
    Promise::same([], $left, 'no program is left running');
}];
