<?php

/** Promises about the cron and the clock (whmcs-contract.md 1.13, 1.15, 1.20, 3.6, 4.5). */

declare(strict_types=1);

use StandInTests\World;

return [
    'the_daily_tasks_run_once_a_day_and_aftercronjob_every_time' => static function (World $w): void {
        $w->order('--autosetup', 'order');
        foreach (['2026-03-01T00:30:00Z', '2026-03-01T09:00:00Z', '2026-03-02T00:30:00Z'] as $now) {
            $w->do('cron', '--now', $now);
        }
        $w->same([2, 3], [$w->hooked('DailyCronJob'), $w->hooked('AfterCronJob')]);
    },
    'of_two_crons_at_once_one_does_the_daily_tasks' => static function (World $w): void {
        $w->order('--autosetup', 'order');
        $w->do('clock', '--set', '2026-03-01T09:00:00Z');
        foreach ([$w->start('cron'), $w->start('cron'), $w->start('cron')] as $process) {
            proc_close($process);
        }
        $w->same(1, count(array_keys($w->calls(), 'UsageUpdate', true)));
    },
    'usage_is_asked_for_each_enabled_server' => static function (World $w): void {
        foreach ([[], [], ['--disabled']] as $option) {
            $w->do('server:add', '--type', 'dummy', ...$option);
        }
        $w->do('cron');
        $servers = [];
        foreach ($w->sql('SELECT params FROM mod_dummy_calls') as $call) {
            $servers[] = json_decode($call['params'], true)['serverid'];
        }
        $w->same([1, 2], $servers);
    },
    'the_clock_moves_carbon_and_the_dates_of_rows' => static function (World $w): void {
        $w->do('clock', '--set', '2026-02-28T23:00:00Z');
        $now = 'echo WHMCS\Carbon::now()->setTimezone("UTC")->format("Y-m-d H:i:s");';
        $w->same('2026-02-28 23:00:00', $w->php($now));
        $w->do('client:add', '--email', 'a@b.test');
        $w->same('2026-02-28', $w->sql('SELECT datecreated FROM tblclients')[0]['datecreated']);
        $w->do('clock', '--set', 'real');
        $real = (int) $w->php('echo WHMCS\Carbon::now()->getTimestamp();');
        $w->holds(abs(time() - $real) < 60, 'the real clock is back');
    },
    'a_moment_that_is_none_leaves_the_clock' => static function (World $w): void {
        $w->do('clock', '--set', '2026-02-28T23:00:00Z');
        $w->same(1, $w->try('clock', '--set', 'tomorrow')[0]);
        $w->same('2026-02-28T23:00:00Z', $w->do('clock'));
    },
    'an_overdue_service_is_suspended_and_paying_unsuspends_it' => static function (World $w): void {
        $w->do('clock', '--set', '2026-01-01T12:00:00Z');
        $w->order('--autosetup', 'order');
        $w->do('cron', '--now', '2026-01-04T12:00:00Z');
        $w->same('Active', $w->status());
        $w->do('cron', '--now', '2026-01-07T12:00:00Z');
        $w->same('Suspended', $w->status());
        $w->do('pay', '--invoice', '1');
        $w->same('Active', $w->status());
    },
    'a_cancellation_request_terminates_at_the_next_daily_run' => static function (World $w): void {
        $w->order('--autosetup', 'order', '--price', '0');
        $w->do('cancel', '--service', '1');
        $w->do('cron');
        $w->same('Terminated', $w->status());
    },
    'the_host_bills_overage_itself_on_the_last_day_of_the_month' => static function (World $w): void {
        $w->order('--autosetup', 'order', '--price', '0', '--overages', '--bw-limit', '1000', '--bw-price', '0.02');
        $w->do('sql', 'UPDATE tblhosting SET bwusage = 1500, bwlimit = 1000');
        $w->do('cron', '--now', '2026-03-30T12:00:00Z');
        $w->same([], $w->json('invoices'));
        $w->do('cron', '--now', '2026-03-31T12:00:00Z');
        $w->same(['10.00'], array_column($w->json('invoices'), 'total'));
    },
    'usage_within_the_limit_is_not_billed_by_the_host' => static function (World $w): void {
        $w->order('--autosetup', 'order', '--price', '0', '--overages', '--bw-limit', '1000', '--bw-price', '0.02');
        $w->do('sql', 'UPDATE tblhosting SET bwusage = 1000, bwlimit = 1000');
        $w->do('cron', '--now', '2026-03-31T12:00:00Z');
        $w->same([], $w->json('invoices'));
    },
    'an_exception_in_usageupdate_ends_that_server_only' => static function (World $w): void {
        file_put_contents("$w->root/modules/servers/dummy/hooks.php", '<?php');
        mkdir("$w->root/modules/servers/broken");
        file_put_contents("$w->root/modules/servers/broken/broken.php", '<?php function broken_UsageUpdate(array $p)'
            . '{ throw new RuntimeException("no"); }');
        $w->do('server:add', '--type', 'broken');
        $w->do('server:add', '--type', 'dummy');
        $w->do('cron');
        $w->same(['UsageUpdate'], $w->calls());
    },
];
