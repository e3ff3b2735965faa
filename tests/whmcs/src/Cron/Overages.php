<?php

/**
 * WHMCS's own overage billing, on the last day of the calendar month. Follows whmcs-contract.md 1.15: usage of
 * tblhosting against the product's soft limits (or the options named "Disk Space" and "Bandwidth"), in tenths of the
 * unit. Guessed there and here: overagesenabled holds "1,<disk unit>,<bw unit>". The module's own billing must keep
 * this at zero or leave the work to it, so tests need the host to really do it.
 */

declare(strict_types=1);

namespace StandIn\Cron;

use StandIn\Billing\Invoices;
use StandIn\Clock;
use StandIn\Modules\Params;
use StandIn\Money;
use StandIn\Settings;
use WHMCS\Database\Capsule;

final class Overages
{
    private const MEGABYTES = ['MB' => 1, 'GB' => 1024, 'TB' => 1048576];

    public static function bill(): int
    {
        if (Settings::get('OverageBilling') !== 'on' || Clock::now()->day !== Clock::now()->daysInMonth) {
            return 0;
        }
        $services = Capsule::table('tblhosting as h')->join('tblproducts as p', 'p.id', '=', 'h.packageid')
            ->whereIn('h.domainstatus', ['Active', 'Suspended'])->orderBy('h.id')
            ->get(['h.*', 'p.name', 'p.tax', 'p.overagesenabled', 'p.overagesdisklimit', 'p.overagesbwlimit',
                'p.overagesdiskprice', 'p.overagesbwprice']);
        $done = 0;
        foreach ($services as $service) {
            $done += self::billService($service) ? 1 : 0;
        }
        return $done;
    }

    private static function billService(object $service): bool
    {
        [$on, $diskUnit, $bwUnit] = explode(',', (string) $service->overagesenabled) + ['', 'MB', 'MB'];
        if ($on !== '1' && $on !== 'on') {
            return false;
        }
        $options = Params::configurableOptions((int) $service->id);
        $lines = [];
        $kinds = [['Disk Space', $service->diskusage, $service->overagesdisklimit, $diskUnit,
            $service->overagesdiskprice], ['Bandwidth', $service->bwusage, $service->overagesbwlimit, $bwUnit,
            $service->overagesbwprice]];
        foreach ($kinds as [$kind, $used, $limit, $unit, $price]) {
            $limit = (float) ($options[$kind] ?? $limit);
            $usage = round((float) $used / (self::MEGABYTES[$unit] ?? 1), 1);
            $over = round($usage - $limit, 1);
            if ($over > 0) {
                $rate = (float) Money::currencyOfClient((int) $service->userid)->rate;
                $lines[] = ['description' => "$service->name - $service->domain\n$kind Usage: $usage $unit, "
                    . "Overage: $over $unit @ $price", 'taxed' => (int) $service->tax,
                    'amount' => Money::plain($over * (float) $price * $rate)];
            }
        }
        if ($lines === []) {
            return false;
        }
        Invoices::create(
            ['userid' => (int) $service->userid, 'status' => 'Unpaid', 'date' => Clock::today(),
                'duedate' => Clock::today(), 'paymentmethod' => (string) $service->paymentmethod],
            $lines,
            'autogen',
            true
        );
        return true;
    }
}
