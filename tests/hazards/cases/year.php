<?php

/**
 * A year of many services under WHMCS's own cron: days without a cron, suspensions, machines that are deleted and made anew,
 * a week in which the panel is away, two billing zones, both changes of the clocks. What is billed is the panel's truth.
 */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

return [
    'a year of many services' => static function (): void {
        mt_srand(World::$seed);
        $count = World::$quick ? 4 : 40;
        $w = new World('2026-01-10T08:00:00Z', ['connect_seconds' => 1]);
        $products = [$w->product(), $w->product('--option', '24=<zone>America/New_York</zone>')];
        $groups = [];
        $vms = [];
        // Four days of registration, two zones.
        foreach (['2026-01-10T08', '2026-01-13T20', '2026-01-17T03', '2026-01-25T12'] as $batch => $hour) {
            $w->clock("$hour:00:00Z");
            for ($n = $batch; $n < $count; $n += 4) {
                $zone = ($n >> 2) % 2;
                $service = $w->order($w->client("c$n@example.com"), $products[$zone], "vm$n.example.com");
                $groups[substr($hour, 0, 10)][$zone][] = $service;
                $vms[$service] = [$w->vmOf($service)];
                $w->traffic($service, $w->now(), '2027-02-01T00:00:00Z', mt_rand(4000, 9000));
            }
            $w->advance(1800);
            $w->try('cron');
        }
        $services = array_keys($vms);
        $suspended = [];
        $anew = 0;
        $start = strtotime('2026-01-26T02:10:00Z');
        for ($day = 0; $day < 350; $day += mt_rand(1, World::$quick ? 20 : 6)) {
            // At ten past an hour: a row that appears between a deletion's last reading and its end nobody reads.
            $w->clock(gmdate('Y-m-d\TH:i:s\Z', $start + 86400 * $day + 3600 * mt_rand(0, 2)));
            $away = $day >= 200 && $day < 207;
            $w->run('UPDATE tblservers SET port = ' . ($away ? 1 : $w->panel->port));
            $w->try('cron');
            if ($away) {
                continue;
            }
            foreach ($suspended as $service) {
                $w->module($service, 'unsuspend');
            }
            $suspended = [];
            $which = $services[mt_rand(0, $count - 1)];
            if (mt_rand(0, 3) > 0) {
                $w->module($which, 'suspend');
                $suspended[] = $which;
                continue;
            }
            // Staff delete the machine; the service stays, and gets another one.
            $w->module($which, 'custom', '--function', 'staffstop');
            $w->advance(600);
            // Pressed twice: the first press asks whether it is meant.
            $w->module($which, 'custom', '--function', 'staffdelete_vm');
            $w->module($which, 'custom', '--function', 'staffdelete_vm');
            $w->advance(900);
            $w->try('cron');
            $w->module($which, 'create');
            if (!in_array($w->vmOf($which), $vms[$which], true)) {
                $vms[$which][] = $w->vmOf($which);
                $w->traffic($which, $w->now(), '2027-02-01T00:00:00Z', mt_rand(4000, 9000));
                $anew++;
            }
            $w->advance(900);
            $w->try('cron');
        }
        // The last run reads what is still to be read.
        $w->clock('2027-01-20T12:00:00Z');
        $w->try('cron');
        $w->cron();
        Promise::holds($anew >= 2, 'machines were made anew');
        $truth = [];
        foreach ($groups as $day => $zones) {
            foreach ($zones as $zone => $of) {
                $truth += $w->truth(array_intersect_key($vms, array_flip($of)), $day,
                    $zone === 0 ? 'Europe/Berlin' : 'America/New_York');
            }
        }
        $w->billedOnce($truth);
        $billed = array_sum(array_map('intval', array_column($w->periods(), 'billed_kb')));
        $true = array_sum(array_map(static fn (array $of) => array_sum(array_map('intval', array_column($of, 'kb'))), $truth));
        Promise::same($true, $billed, 'billed KB equal the truth, to the KB');
    },
];
