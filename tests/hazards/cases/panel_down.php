<?php

/** Terminate while the panel cannot be asked: an error, and nothing is forgotten. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

return ['terminate while the panel is down' => static function (): void {
    $w = new World('2026-01-10T08:00:00Z', ['connect_seconds' => 2, 'read_seconds' => 1, 'step_seconds' => 3]);
    $service = $w->running();
    $vm = $w->vmOf($service);
    $w->clock('2026-01-20T10:00:00Z');
    $w->traffic($service, '2026-01-10T09:00:00Z', '2026-01-20T10:00:00Z', 20_000);
    $kept = static fn (string $how) => Promise::same(
        [(string) $vm, (string) $vm, 'Active'],
        [$w->value('SELECT vm_id FROM tblonappservices'), $w->value('SELECT vm_id FROM mod_provisor_services'),
            $w->value('SELECT domainstatus FROM tblhosting')],
        "the mapping is kept ($how)"
    );
    // Whether its version is known or has to be asked first.
    foreach ([false, true] as $forget) {
        foreach (['refused', 'hangs', 'html_500', 'html_login', 'reset_before', '401', '403'] as $how) {
            $name = $how . ($forget ? ', version unknown' : '');
            $forget ? $w->run('DELETE FROM mod_provisor_servers') : null;
            if ($how === 'refused') {
                $w->run('UPDATE tblservers SET port = 1');
            } elseif ($how === 'hangs') {
                $w->panel->signal(SIGSTOP);
            } elseif (in_array($how, ['401', '403'], true)) {
                $w->panel->faults(['kind' => 'status', 'status' => (int) $how]);
            } else {
                $w->panel->faults(['kind' => $how]);
            }
            $said = $w->module($service, 'terminate', '--automatic');
            $w->run("UPDATE tblservers SET port = {$w->panel->port}");
            $w->panel->signal(SIGCONT);
            $w->panel->faults();
            Promise::holds($said !== 'success', "terminate is an error ($name)", $said);
            $kept($name);
        }
    }
    Promise::same(1, count($w->panel->vms()), 'the VM lives');
    $w->clock('2026-01-20T10:30:00Z');
    Promise::same(0, $w->try('queue', '--retry', 'all')[0], 'the panel is back: the retried termination succeeds');
    $w->advance(300);
    Promise::same(0, count($w->panel->vms()), 'the VM was found again and deleted');
    Promise::same('Terminated', $w->value('SELECT domainstatus FROM tblhosting'), 'the service is terminated');
    Promise::same('success', $w->module($service, 'terminate'), 'terminate again is success');
    $w->cron();
    Promise::same([], $w->invoices(), 'no bill before the regular end of the period');
    $w->clock('2026-02-10T02:00:00Z');
    $w->cron();
    $w->cron();
    $w->billedOnce($w->truth([$service => [$vm]], '2026-01-10'), 'the final bill');
    $w->clock('2026-05-10T02:00:00Z');
    $w->cron();
    Promise::same(1, count($w->invoices()), 'nothing comes after the final bill');
}];
