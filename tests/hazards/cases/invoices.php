<?php

/**
 * What a host does to invoices: dies in the middle of making or publishing them, stops and comes back, starts jobs of
 * its own from a hook, lets staff edit. Each time: one published invoice a period.
 */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

const LEASE = 2;

/** A service with one period due, its hours collected by nobody yet. @return array{World, int} */
$due = static function (array $limits = []): array {
    $w = new World('2026-01-10T08:00:00Z', $limits + ['lease_seconds' => LEASE]);
    $service = $w->running();
    $w->clock('2026-02-10T01:00:00Z');
    $w->traffic($service, '2026-01-10T09:00:00Z', '2026-02-09T23:00:00Z', 4000);
    return [$w, $service];
};
$leaseOver = static fn () => usleep((LEASE * 1000 + 1100) * 1000);
$set = static fn (World $w, string ...$values) => $w->do('nasty', ...array_merge(...array_map(
    static fn (string $value) => ['--set', $value],
    $values
)));
$once = static function (World $w, int $service, string $what = '', int $vm = 0): void {
    $w->cron();
    $w->billedOnce($w->truth([$service => [$vm ?: $w->vmOf($service)]], '2026-01-10'), $what);
    Promise::same(1, count($w->panel->vms(false)), 'one VM' . ($what === '' ? '' : " ($what)"));
};
/** Waits until the stand-in's process is inside CreateInvoice. */
$waitFor = static function (World $w, string $sql): void {
    for ($i = 0; $i < 1000 && (int) $w->value($sql) === 0; $i++) {
        usleep(10_000);
    }
};
$killed = 128 + SIGKILL;

return [
    'CreateInvoice that dies' => static function () use ($due, $leaseOver, $set, $once, $killed): void {
        foreach (['createinvoice_dies' => 1, 'createinvoice_dies_before' => 0, 'createinvoice_dies_midway' => 1,
            'publish_dies' => 1] as $hazard => $invoices) {
            [$w, $service] = $due();
            $set($w, "$hazard=1");
            [$code] = $w->wait($w->startCron());
            Promise::same([$killed, $invoices], [$code, count($w->sql('SELECT id FROM tblinvoices'))],
                "$hazard kills the cron");
            $w->cron();
            Promise::same($invoices, count($w->sql('SELECT id FROM tblinvoices')),
                "while the lease lasts nobody drafts again ($hazard)");
            $leaseOver();
            $said = $w->cron();
            Promise::holds(!str_contains($said, 'FAILED'), "the next cron succeeds ($hazard)", $said);
            $once($w, $service, $hazard);
            $w->close();
        }
    },

    'a runner that sleeps in CreateInvoice after the invoice is stored' => static function () use (
        $due,
        $set,
        $once,
        $waitFor
    ): void {
        [$w, $service] = $due();
        $set($w, 'createinvoice_sleeps=' . (LEASE * 1000 + 3500));
        $sleeper = $w->startCron();
        $waitFor($w, 'SELECT COUNT(*) FROM tblinvoices');
        $set($w, 'createinvoice_sleeps=off');
        usleep((LEASE * 1000 + 1100) * 1000);
        $w->cron();
        $w->billedOnce($w->truth([$service => [$w->vmOf($service)]], '2026-01-10'), 'taken over');
        Promise::holds(proc_get_status($sleeper['process'])['running'], 'the first runner still sleeps');
        $w->wait($sleeper);
        Promise::same([], $w->sql("SELECT notes FROM tblinvoices WHERE notes NOT LIKE '[onapp-%'"),
            'the sleeper that wakes up leaves the published invoice as it is');
        Promise::same('0', $w->value("SELECT COUNT(*) FROM tblactivitylog WHERE description LIKE '%second draft%'"),
            'and calls it no second draft');
        $once($w, $service, 'woken up');
    },

    'a runner that is stopped in CreateInvoice before the invoice is stored' => static function () use (
        $due,
        $set,
        $once,
        $leaseOver,
        $waitFor
    ): void {
        [$w, $service] = $due();
        $set($w, 'createinvoice_sleeps_before=1500');
        $stopped = $w->startCron();
        $waitFor($w, "SELECT COUNT(*) FROM mod_provisor_periods WHERE state = 'drafting'");
        usleep(200_000);
        proc_terminate($stopped['process'], SIGSTOP);
        $set($w, 'createinvoice_sleeps_before=off');
        $leaseOver();
        $w->cron();
        Promise::same(1, count($w->invoices()), 'another runner takes over and publishes');
        proc_terminate($stopped['process'], SIGCONT);
        $w->wait($stopped);
        $drafts = $w->sql("SELECT id, notes FROM tblinvoices WHERE status = 'Draft'");
        Promise::same(1, count($drafts), 'the one that resumes leaves its draft unpublished');
        Promise::says('Not to be published', (string) ($drafts[0]['notes'] ?? ''), 'the draft is marked');
        Promise::same('1', $w->value("SELECT COUNT(*) FROM tblactivitylog WHERE description LIKE '%second draft%'"),
            'and reported');
        $once($w, $service);
    },

    'publishing whose hooks start our jobs' => static function () use ($due, $set, $once): void {
        [$w, $service] = $due();
        $set($w, 'publish_hooks_start_jobs=on');
        $said = $w->cron();
        Promise::says('1 invoices published', $said, 'the invoice is published');
        $once($w, $service);
    },

    'hooks that throw while publishing' => static function () use ($due, $set, $once, $leaseOver): void {
        [$w, $service] = $due();
        $set($w, 'hooks_throw=on');
        $w->cron();
        $leaseOver();
        $set($w, 'hooks_throw=off');
        $once($w, $service);
    },

    'DDL in hooks' => static function () use ($due, $set, $once): void {
        [$w, $service] = $due();
        $set($w, 'ddl_hook=on');
        $said = $w->cron();
        Promise::holds(!str_contains($said, 'FAILED'), 'the cron succeeds', $said);
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
        $leaseOver();
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

    'a strict session of the host' => static function () use ($set, $once): void {
        $w = new World('2026-01-10T08:00:00Z', ['lease_seconds' => LEASE]);
        $set($w, 'strict_mode=on');
        $service = $w->running();
        $w->clock('2026-02-10T01:00:00Z');
        $w->traffic($service, '2026-01-10T09:00:00Z', '2026-02-09T23:00:00Z', 4000);
        $once($w, $service);
    },

    'staff edit' => static function () use ($due, $leaseOver, $once): void {
        [$w, $service] = $due();
        $vm = $w->vmOf($service);
        $w->wait($w->spawn(['-r', "require '$w->root/init.php'; require '$w->root/includes/provisor/load.php';"
            . ' Provisor\Job::run("onapp.collect", []);']));
        Promise::says('stopped before', $w->until('invoice.publish', 'onapp.bill') . 'stopped before',
            'a runner ends between draft and publishing');
        $draft = (int) $w->value("SELECT id FROM tblinvoices WHERE status = 'Draft'");
        $line = (int) $w->value("SELECT id FROM tblinvoiceitems WHERE invoiceid = $draft");
        $w->do('invoice:edit', '--id', (string) $draft, '--line', "$line:7.77:As agreed by phone", '--duedate',
            '2026-01-31');
        $leaseOver();
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
        $w->clock('2026-03-13T01:00:00Z');
        $w->traffic($service, '2026-02-10T01:00:00Z', '2026-03-12T23:00:00Z', 4000);
        $w->cron();
        $w->cron();
        $truth = $w->truth([$service => [$vm]], '2026-01-10');
        Promise::same([$truth[$service][1]['amount']], array_map(
            static fn (array $i) => number_format((float) $i['subtotal'], 2, '.', ''),
            $w->invoices("notes LIKE '%[onapp-%'")
        ), 'the next period has its one invoice');
    },

    'staff delete, cancel or publish a draft' => static function () use ($due, $leaseOver): void {
        foreach ([['--delete'], ['--status', 'Cancelled'], ['--publish']] as $action) {
            [$w] = $due();
            $w->wait($w->spawn(['-r', "require '$w->root/init.php'; require '$w->root/includes/provisor/load.php';"
                . ' Provisor\Job::run("onapp.collect", []);']));
            $w->until('invoice.publish', 'onapp.bill');
            $w->do('invoice:edit', '--id', (string) $w->value('SELECT id FROM tblinvoices'), ...$action);
            $leaseOver();
            $w->cron();
            $w->cron();
            $state = [array_column($w->invoices('1 = 1'), 'status'), array_column($w->periods(), 'state')];
            $expected = ['--delete' => [[], ['parked']], '--status' => [['Cancelled'], ['published']],
                '--publish' => [['Unpaid'], ['published']]][$action[0]];
            Promise::same($expected, $state, 'a draft that staff ' . implode(' ', $action) . ' is not made again');
            if ($action[0] === '--delete') {
                Promise::same('1', $w->value("SELECT COUNT(*) FROM tblactivitylog WHERE description LIKE"
                    . " '%was deleted%'"), 'a deleted draft is reported');
            }
            $w->close();
        }
    },
];
