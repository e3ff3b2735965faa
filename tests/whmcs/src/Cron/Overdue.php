<?php

/**
 * The tasks that suspend and terminate. Follows whmcs-contract.md 1.20 (5: overdue, 7: cancellation requests) and 1.8
 * (an exception ends that item only).
 */

declare(strict_types=1);

namespace StandIn\Cron;

use StandIn\Clock;
use StandIn\Modules\Runner;
use StandIn\Settings;
use WHMCS\Database\Capsule;

final class Overdue
{
    public static function suspend(): int
    {
        if (Settings::get('AutoSuspension') !== 'on') {
            return 0;
        }
        $services = self::overdueServices((int) Settings::get('AutoSuspensionDays'), 'Active')->filter(
            static fn (object $row): bool => !in_array((string) $row->overideautosuspend, ['1', 'on'], true)
                || (string) $row->overidesuspenduntil < Clock::today()
        );
        return self::each($services->all(), 'suspend', ['suspendreason' => 'Overdue on Payment']);
    }

    public static function terminate(): int
    {
        if (Settings::get('AutoTermination') !== 'on') {
            return 0;
        }
        $services = self::overdueServices((int) Settings::get('AutoTerminationDays'), 'Suspended');
        return self::each($services->all(), 'terminate');
    }

    public static function cancellations(): int
    {
        if (Settings::get('AutoCancellationRequests') !== 'on') {
            return 0;
        }
        $wished = Capsule::table('tblcancelrequests as c')->join('tblhosting as h', 'h.id', '=', 'c.relid')
            ->whereIn('h.domainstatus', ['Active', 'Suspended'])->get(['h.*', 'c.type']);
        $due = $wished->filter(static fn (object $row): bool => $row->type === 'Immediate'
            || (string) $row->nextduedate <= Clock::today());
        return self::each($due->all(), 'terminate');
    }

    /** @return \Illuminate\Support\Collection<int, object> */
    private static function overdueServices(int $days, string $status): \Illuminate\Support\Collection
    {
        $before = Clock::now()->subDays($days)->format('Y-m-d');
        $ids = Capsule::table('tblinvoiceitems as l')->join('tblinvoices as i', 'i.id', '=', 'l.invoiceid')
            ->where('l.type', 'Hosting')->where('i.status', 'Unpaid')->where('i.duedate', '<=', $before)
            ->pluck('l.relid')->unique();
        return Capsule::table('tblhosting')->whereIn('id', $ids->all())->where('domainstatus', $status)
            ->orderBy('id')->get();
    }

    /**
     * @param array<int, object> $services
     * @param array<string, mixed> $details
     */
    private static function each(array $services, string $action, array $details = []): int
    {
        $done = 0;
        foreach ($services as $service) {
            try {
                $done += Runner::run((int) $service->id, $action, true, $details) === 'success' ? 1 : 0;
            } catch (\Throwable $error) {
                logActivity("Uncaught in $action of service $service->id: " . $error->getMessage());
            }
        }
        return $done;
    }
}
