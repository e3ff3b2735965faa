<?php

/** PHP killed at random moments of cron_bandwidth.php, four crons at once: each period is invoiced once in the end. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

return ['killed crons' => static function (): void {
    mt_srand(World::$seed);
    $wanted = World::$quick ? 30 : 200;
    $lease = 2;
    $w = new World('2026-01-10T08:00:00Z', ['lease_seconds' => $lease]);
    // Somebody's hook counts every publishing.
    file_put_contents("$w->root/includes/hooks/count.php", '<?php add_hook("InvoiceCreationPreEmail", 1, static fn ($vars)'
        . ' => file_put_contents(' . var_export("$w->root/published", true) . ', "$vars[invoiceid]\n", FILE_APPEND));');
    $product = $w->product();
    $services = [];
    foreach (['ada', 'ada', 'bob', 'bob', 'eve', 'eve'] as $n => $name) {
        $clients[$name] ??= $w->client("$name@example.com");
        $services[] = $w->order($clients[$name], $product, "vm$n.example.com");
    }
    $vms = array_combine($services, array_map(static fn (int $s) => [$w->vmOf($s)], $services));
    $span = 1.2;
    $kills = $found = 0;
    $between = ['planned' => 0, 'drafting' => 0, 'drafted' => 0];
    $perEpoch = World::$quick ? 15 : 20;
    for ($epoch = 0; $kills < $wanted; $epoch++) {
        // Two periods become due: 62 days, less than the three months that the panel keeps.
        $from = $epoch === 0 ? '2026-01-10T09:00:00Z' : $w->now();
        $w->advance(62 * 86400 + ($epoch === 0 ? 7200 : 0));
        foreach ($services as $service) {
            $w->traffic($service, substr($from, 0, 13) . ':00:00Z', substr($w->now(), 0, 13) . ':00:00Z', 4000);
        }
        for ($done = 0, $round = 0; $done < $perEpoch && $round < 40; $round++) {
            $crons = [];
            for ($i = 0; $i < 4; $i++) {
                $crons[] = $w->startCron() + ['at' => microtime(true) + $span * mt_rand(50, 1000) / 1000];
            }
            $killed = 0;
            foreach ($crons as $i => $cron) {
                $crons[$i]['open'] = true;
            }
            while (array_filter(array_column($crons, 'open')) !== []) {
                foreach ($crons as $i => $cron) {
                    if (!$cron['open']) {
                        continue;
                    }
                    $status = proc_get_status($cron['process']);
                    if (!$status['running']) {
                        $killed += $status['signaled'] && $status['termsig'] === SIGKILL ? 1 : 0;
                        proc_close($cron['process']);
                        $crons[$i]['open'] = false;
                    } elseif (microtime(true) >= $cron['at']) {
                        proc_terminate($cron['process'], SIGKILL);
                    }
                }
                usleep(500);
            }
            $done += $killed;
            $kills += $killed;
            foreach ($w->sql("SELECT state, COUNT(*) AS n FROM mod_provisor_periods WHERE state IN ('planned', 'drafting',"
                . " 'drafted') GROUP BY state") as $row) {
                $between[$row['state']] += (int) $row['n'];
            }
        }
        // Leases run out; then four whole runs at once finish what is left, and measure how long that takes.
        usleep(($lease * 1000 + 300) * 1000);
        $begun = microtime(true);
        foreach (array_map(static fn () => $w->startCron(), range(1, 4)) as $cron) {
            [$code, $said] = $w->wait($cron);
            $found += $code === 0 && !str_contains($said, 'FAILED') ? 0 : 1;
        }
        $span = max(0.4, min(2.0, microtime(true) - $begun));
    }
    usleep(($lease * 1000 + 300) * 1000);
    $w->cron();
    $idle = $w->cron();
    Promise::note("$kills kills in $epoch rounds of two periods, seed " . World::$seed . '; after kills '
        . json_encode($between) . ' were seen');
    Promise::holds($kills >= $wanted, "$wanted kills hit running crons");
    Promise::holds($between['drafting'] + $between['drafted'] > 0, 'some kills hit between the plan and the invoice');
    $w->billedOnce($w->truth($vms, '2026-01-10'));
    $published = array_count_values(file("$w->root/published", FILE_IGNORE_NEW_LINES));
    Promise::same([], array_filter($published, static fn (int $n) => $n !== 1), 'no invoice is published twice');
    Promise::says('0 invoices published', $idle, 'then there is nothing left to do');
    Promise::same(6, count($w->panel->vms(false)), 'six services have six VMs');
    Promise::same(3, count($w->panel->users()), 'three clients have three OnApp users');
    Promise::same(0, $found, 'crons that were left alone tell of no failure');
}];
