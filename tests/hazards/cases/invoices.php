<?php

/**
 * What a host does to invoices: dies in the middle of making or publishing them, stops and comes back, starts jobs of
 * its own from a hook, lets staff edit. Each time: one published invoice a period.
 */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

/** Another world, or the same one a month later: a service with one period due whose hours nobody collected yet. */
$world = null;
$due = static function (bool $fresh = false) use (&$world): array {
    if ($world === null || $fresh) {
        $world === null ? null : $world[0]->close();
        $w = new World();
        $world = [$w, $w->running(), '2026-01-10T09:00:00Z', strtotime('2026-02-10T01:00:00Z')];
    }
    [$w, $service, $from, $to] = $world;
    $w->clock(gmdate('Y-m-d\TH:i:s\Z', $to));
    $w->traffic($service, $from, gmdate('Y-m-d\TH:00:00\Z', $to - 7200), 4000);
    $world = [$w, $service, gmdate('Y-m-d\TH:00:00\Z', $to), $to + 31 * 86400];
    return [$w, $service];
};
/** As if ten minutes had passed for the database: what a dead runner held is free. */
$leaseOver = static function (World $w): void {
    $w->run("UPDATE mod_provisor_periods SET lease_until = '2020-01-01T00:00:00Z' WHERE lease_until IS NOT NULL");
    $w->run("UPDATE mod_provisor_services SET claim_until = '2020-01-01T00:00:00Z' WHERE claim_until IS NOT NULL");
};
$set = static fn (World $w, string ...$values) => $w->do('nasty', ...array_merge(...array_map(
    static fn (string $value) => ['--set', $value],
    $values
)));
$once = static function (World $w, int $service, string $what = ''): void {
    $w->cron();
    $w->billedOnce($w->truth([$service => [$w->vmOf($service)]], '2026-01-10'), $what);
    Promise::same(1, count($w->panel->vms(false)), 'one VM' . ($what === '' ? '' : " ($what)"));
};
/** Lets a runner get into CreateInvoice, where it sleeps, and stops it there. */
$stopped = static function (World $w, string $hazard, string $when) use ($set): array {
    $set($w, "$hazard=3000");
    $runner = $w->startCron();
    for ($i = 0; $i < 3000 && (int) $w->value($when) === 0; $i++) {
        usleep(10_000);
    }
    usleep(300_000);
    proc_terminate($runner['process'], SIGSTOP);
    $set($w, "$hazard=off");
    return $runner;
};
$killed = 128 + SIGKILL;

return [
    'CreateInvoice that dies' => static function () use ($due, $leaseOver, $set, $once, $killed): void {
        foreach (['createinvoice_dies' => 1, 'createinvoice_dies_before' => 0, 'createinvoice_dies_midway' => 1,
            'publish_dies' => 1] as $hazard => $more) {
            [$w, $service] = $due();
            $before = count($w->invoices('1 = 1'));
            $set($w, "$hazard=1");
            [$code] = $w->wait($w->startCron());
            Promise::same([$killed, $more], [$code, count($w->invoices('1 = 1')) - $before],
                "$hazard kills the cron");
            $w->cron();
            Promise::same($more, count($w->invoices('1 = 1')) - $before,
                "while the lease lasts nobody drafts again ($hazard)");
            $leaseOver($w);
            $said = $w->cron();
            Promise::holds(!str_contains($said, 'FAILED'), "the next cron succeeds ($hazard)", $said);
            $once($w, $service, $hazard);
        }
    },

    'a runner that is stopped in CreateInvoice after the invoice is stored' => static function () use (
        $due,
        $leaseOver,
        $once,
        $stopped
    ): void {
        [$w, $service] = $due(true);
        $runner = $stopped($w, 'createinvoice_sleeps', 'SELECT COUNT(*) FROM tblinvoices');
        $leaseOver($w);
        $w->cron();
        $w->billedOnce($w->truth([$service => [$w->vmOf($service)]], '2026-01-10'), 'taken over');
        Promise::holds(proc_get_status($runner['process'])['running'], 'the first runner is still there');
        proc_terminate($runner['process'], SIGCONT);
        $w->wait($runner);
        Promise::same([], $w->sql("SELECT notes FROM tblinvoices WHERE notes NOT LIKE '[onapp-%'"),
            'the first runner resumes and leaves the published invoice as it is');
        Promise::same('0', $w->value("SELECT COUNT(*) FROM tblactivitylog WHERE description LIKE '%drafted it first%'"),
            'and calls it no second draft');
        $once($w, $service, 'resumed');
    },

    'a runner that is stopped in CreateInvoice before the invoice is stored' => static function () use (
        $due,
        $once,
        $leaseOver,
        $stopped
    ): void {
        [$w, $service] = $due();
        $before = count($w->invoices());
        $runner = $stopped($w, 'createinvoice_sleeps_before',
            "SELECT COUNT(*) FROM mod_provisor_periods WHERE state = 'drafting'");
        $leaseOver($w);
        $w->cron();
        Promise::same(1, count($w->invoices()) - $before, 'another runner takes over and publishes');
        proc_terminate($runner['process'], SIGCONT);
        $w->wait($runner);
        $drafts = $w->sql("SELECT id, notes FROM tblinvoices WHERE status = 'Draft'");
        Promise::same(1, count($drafts), 'the one that resumes leaves its draft unpublished');
        Promise::says('Not to be published', (string) ($drafts[0]['notes'] ?? ''), 'the draft is marked');
        Promise::same('1', $w->value("SELECT COUNT(*) FROM tblactivitylog WHERE description LIKE '%drafted it first%'"),
            'and reported');
        $once($w, $service);
    },

    'publishing whose hooks start our jobs' => static function () use ($due, $set, $once): void {
        [$w, $service] = $due(true);
        $set($w, 'publish_hooks_start_jobs=on');
        $said = $w->cron();
        Promise::says('1 invoices published', $said, 'the invoice is published');
        $set($w, 'publish_hooks_start_jobs=off');
        $once($w, $service);
    },

    'hooks that throw while publishing' => static function () use ($due, $set, $once, $leaseOver): void {
        [$w, $service] = $due();
        $set($w, 'hooks_throw=on');
        $w->cron();
        $leaseOver($w);
        $set($w, 'hooks_throw=off');
        $once($w, $service);
    },

    'DDL in hooks' => static function () use ($due, $set, $once): void {
        [$w, $service] = $due();
        $set($w, 'ddl_hook=on');
        $said = $w->cron();
        Promise::holds(!str_contains($said, 'FAILED'), 'the cron succeeds', $said);
        $set($w, 'ddl_hook=off');
        $once($w, $service);
    },

    'two crons at once' => static function () use ($due, $set, $once, $leaseOver): void {
        [$w, $service] = $due();
        $set($w, 'duplicate_daily=on');
        $started = [$w->start('cron'), $w->startCron(), $w->start('cron'), $w->startCron()];
        foreach ($started as $one) {
            $w->wait($one);
        }
        $set($w, 'duplicate_daily=off');
        $leaseOver($w);
        $once($w, $service);
    },

    'equal values' => static function () use ($due, $once): void {
        [$w, $service] = $due();
        $good = true;
        foreach ([1, 2, 3] as $n) {
            // The same moment again: every value that is written is there already.
            $good = $good && !str_contains($w->cron() . $w->try('cron')[1], 'FAILED');
        }
        Promise::holds($good, 'writing what is there already is no failure');
        $w->run("UPDATE tblhosting SET domainstatus = 'Pending'");
        Promise::same('success', $w->module($service, 'create'), 'create again sets the same values and succeeds');
        $once($w, $service);
    },

    'a strict session of the host' => static function () use ($due, $set, $once): void {
        [$w] = $due();
        $set($w, 'strict_mode=on');
        [$w, $service] = $due();
        $once($w, $service);
        $set($w, 'strict_mode=off');
    },

    'staff edit' => static function () use ($due, $leaseOver): void {
        [$w, $service] = $due(true);
        $vm = $w->vmOf($service);
        $w->job('onapp.collect');
        Promise::says('stopped before', $w->until('invoice.publish', 'onapp.bill'),
            'a runner ends between draft and publishing');
        $draft = (int) $w->value("SELECT id FROM tblinvoices WHERE status = 'Draft'");
        $line = (int) $w->value("SELECT id FROM tblinvoiceitems WHERE invoiceid = $draft");
        $w->do('invoice:edit', '--id', (string) $draft, '--line', "$line:7.77:As agreed by phone", '--duedate',
            '2026-01-31');
        $leaseOver($w);
        $w->cron();
        $invoices = $w->invoices();
        Promise::same(['7.77'], array_map(static fn (array $i) => number_format((float) $i['subtotal'], 2),
            $invoices), 'a draft that staff changed is published as they left it');
        Promise::holds(($invoices[0]['duedate'] ?? '') >= '2026-02-10', 'with a due date that is not over yet');
        $w->do('invoice:edit', '--id', (string) $draft, '--notes', 'ours', '--line', "$line:1.00:Goodwill");
        $w->cron();
        $w->do('invoice:edit', '--id', (string) $draft, '--status', 'Cancelled');
        $w->cron();
        Promise::same([[(string) $draft, 'Cancelled', 'ours']], array_map(
            static fn (array $i) => [$i['id'], $i['status'], $i['notes']],
            $w->invoices('1 = 1')
        ), 'after publishing, what staff do is final');
        // The next period is billed as if nothing had been.
        $due();
        $w->cron();
        $w->cron();
        $truth = $w->truth([$service => [$vm]], '2026-01-10');
        Promise::same([$truth[$service][1]['amount']], array_map(
            static fn (array $i) => number_format((float) $i['subtotal'], 2, '.', ''),
            $w->invoices("notes LIKE '%[onapp-%'")
        ), 'the next period has its one invoice');
    },

    'staff delete, cancel or publish a draft' => static function () use ($due, $leaseOver): void {
        [$w, $service] = $due(true);
        $states = [];
        foreach (['--delete', '--status', '--publish'] as $n => $action) {
            $n === 0 ? null : $due();
            $w->job('onapp.collect');
            $w->until('invoice.publish', 'onapp.bill');
            $draft = (string) $w->value("SELECT id FROM tblinvoices WHERE status = 'Draft'");
            $w->do('invoice:edit', '--id', $draft, ...[$action, ...($action === '--status' ? ['Cancelled'] : [])]);
            $leaseOver($w);
            $w->cron();
            $w->cron();
        }
        Promise::same([['Cancelled', 'Unpaid'], ['parked', 'published', 'published']],
            [array_column($w->invoices('1 = 1'), 'status'), array_column($w->periods(), 'state')],
            'what staff deleted, cancelled or published themselves is not made again');
        Promise::same('1', $w->value("SELECT COUNT(*) FROM tblactivitylog WHERE description LIKE '%was deleted%'"),
            'a deleted draft is reported');
    },
];
