<?php

/**
 * One run of crons/cron.php. Follows whmcs-contract.md 3.6 (PreCronJob and DailyCronJob around the daily run, once a
 * day; AfterCronJob at the end of every run) and 7.1 (daily tasks at the configured hour, once).
 */

declare(strict_types=1);

namespace StandIn\Cron;

use StandIn\Clock;
use StandIn\Modules\HookList;
use StandIn\Nasty\Switches;
use StandIn\Settings;
use WHMCS\Database\Capsule;

final class Cron
{
    /** @param callable(string): void $say one line of progress */
    public static function run(callable $say): void
    {
        if (self::claimDaily()) {
            $say('daily tasks of ' . Clock::today());
            HookList::run('PreCronJob', []);
            foreach (self::dailyTasks() as $name => $task) {
                HookList::run('PreAutomationTask', ['task' => $name]);
                $done = 0;
                try {
                    $done = $task();
                } catch (\Throwable $error) {
                    $say("$name: " . $error::class . ': ' . $error->getMessage());
                    logActivity("Cron task $name ended with " . $error::class . ': ' . $error->getMessage());
                }
                HookList::run('PostAutomationTask', ['task' => $name, 'completed' => $done]);
                if ($done > 0) {
                    $say("$name: $done");
                }
            }
            HookList::run('DailyCronJobPreEmail', []);
            HookList::run('DailyCronJob', []);
        }
        HookList::run('AfterCronJob', []);
        $say('cron finished');
    }

    /** Of two runs at once only one does the daily tasks, unless the hazard duplicate_daily is on. */
    private static function claimDaily(): bool
    {
        if (Switches::here()->isOn('duplicate_daily')) {
            return true;
        }
        if ((int) Clock::now()->format('G') < (int) Settings::get('DailyCronHour')) {
            return false;
        }
        $today = Clock::today();
        return Capsule::table('tblconfiguration')->where('setting', 'DailyCronLastRun')
            ->where('value', '<', $today)->update(['value' => $today]) === 1;
    }

    /** @return array<string, callable(): int> */
    private static function dailyTasks(): array
    {
        return [
            'CreateInvoices' => [Renewals::class, 'createInvoices'],
            'CancellationRequests' => [Overdue::class, 'cancellations'],
            'AutoSuspensions' => [Overdue::class, 'suspend'],
            'AutoTerminations' => [Overdue::class, 'terminate'],
            'ServerUsageStats' => [Usage::class, 'update'],
            'OverageBilling' => [Overages::class, 'bill'],
        ];
    }
}
