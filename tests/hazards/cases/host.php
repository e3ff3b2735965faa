<?php

/** An open transaction of the host around our work, committed or rolled back. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

$set = static fn (World $w, string $value) => $w->do('nasty', '--set', $value);
$changing = static fn (World $w) => count(array_filter(
    $w->panel->requests(),
    static fn (array $request) => $request['method'] !== 'GET'
));

return [
    'create inside a transaction that is rolled back' => static function () use ($set, $changing): void {
        $w = new World();
        $set($w, 'outer_transaction=rollback');
        $service = $w->order($w->client('ada@example.com'), $w->product(), 'vm.example.com', '--password', 'Start12345');
        if (World::$database === 'sqlite') {
            $said = $w->module($service, 'create');
            Promise::says('host.open_transaction', $said, 'on SQLite create refuses to start');
            Promise::same(0, $changing($w), 'and has changed nothing at the panel');
        } else {
            Promise::same(1, count($w->panel->vms()), 'the VM is made');
            Promise::same((string) $w->panel->vms()[0]['id'], (string) $w->vmOf($service), 'its mapping survives');
            Promise::same('Pending', $w->value("SELECT domainstatus FROM tblhosting WHERE id = $service"),
                'while the host forgets');
        }
        $set($w, 'outer_transaction=off');
        Promise::same('success', $w->module($service, 'create'), 'create again succeeds');
        Promise::same([1, 1], [count($w->panel->vms(false)), count($w->panel->users())], 'one VM and one user');
        $w->advance(1800);
        $w->cron();
        Promise::same('ready', $w->value("SELECT state FROM mod_provisor_services WHERE service_id = $service"),
            'and the service settles');
    },

    'DDL inside such a transaction' => static function () use ($set): void {
        $w = new World();
        $service = $w->order($w->client('ada@example.com'), $w->product('--autosetup', ''), 'vm.example.com',
            '--password', 'Start12345');
        $set($w, 'outer_transaction=rollback');
        $set($w, 'ddl_hook=on');
        $w->module($service, 'create');
        $set($w, 'outer_transaction=off');
        Promise::same('success', $w->module($service, 'create'), 'create again succeeds');
        Promise::same([1, 1], [count($w->panel->vms(false)), count($w->panel->users())], 'one VM and one user');
    },

    'the other actions inside a transaction' => static function () use ($set): void {
        $w = new World();
        $service = $w->running();
        $product = (int) $w->value('SELECT id FROM tblproducts');
        foreach (['rollback', 'on'] as $n => $how) {
            if ($n > 0) {
                $service = $w->order($w->client('bob@example.com'), $product, 'second.example.com');
                $w->advance(1800);
                $w->cron();
            }
            $set($w, "outer_transaction=$how");
            foreach (['suspend' => true, 'unsuspend' => false] as $action => $suspended) {
                $said = $w->module($service, $action);
                if (World::$database === 'sqlite') {
                    Promise::says('host.open_transaction', $said, "on SQLite $action refuses to start ($how)");
                } else {
                    Promise::same($suspended, $w->panel->vms()[0]['suspended'], "$action acts ($how)");
                }
                $set($w, 'outer_transaction=off');
                Promise::same('success', $w->module($service, $action), "$action again succeeds ($how)");
                Promise::same($suspended, $w->panel->vms()[0]['suspended'], "$action is in force, not undone ($how)");
                $set($w, "outer_transaction=$how");
                $w->advance(300);
            }
            $w->module($service, 'terminate');
            $set($w, 'outer_transaction=off');
            Promise::same('success', $w->module($service, 'terminate'), "terminate again succeeds ($how)");
            $w->advance(300);
            Promise::same(0, count($w->panel->vms()), "the VM is gone ($how)");
        }
    },

    'the daily cron inside a transaction' => static function () use ($set): void {
        $w = new World();
        $service = $w->running();
        $w->traffic($service, '2026-01-10T09:00:00Z', '2026-03-12T23:00:00Z', 4000);
        foreach (['rollback' => '2026-02-10T01:00:00Z', 'on' => '2026-03-13T01:00:00Z'] as $how => $moment) {
            $w->clock($moment);
            $set($w, "outer_transaction=$how");
            $w->try('cron');
            $set($w, 'outer_transaction=off');
            $w->run("UPDATE mod_provisor_periods SET lease_until = '2020-01-01T00:00:00Z' WHERE lease_until IS NOT NULL");
            $w->cron();
            $w->billedOnce($w->truth([$service => [$w->vmOf($service)]], '2026-01-10'), $how);
        }
    },
];
