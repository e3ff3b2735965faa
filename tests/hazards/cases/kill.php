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
    foreach (['ada', 'ada', 'bob', 'bob', 'eve', 'eve', 'joe', 'joe'] as $n => $name) {
        $clients[$name] ??= $w->client("$name@example.com");
        $services[] = $w->order($clients[$name], $product, "vm$n.example.com");
    }
    $vms = array_combine($services, array_map(static fn (int $s) => [$w->vmOf($s)], $services));
    $kills = $complaints = 0;
    $left = ['planned' => 0, 'drafting' => 0, 'drafted' => 0];
    $from = '2026-01-10T09:00:00Z';
    for ($epoch = 0; $kills < $wanted; $epoch++) {
        // Two periods become due: 62 days, less than the three months that the panel keeps.
        $w->advance(62 * 86400 + ($epoch === 0 ? 7200 : 0));
        $to = substr($w->now(), 0, 13) . ':00:00Z';
        foreach ($services as $service) {
            $w->panel->post('traffic', ['vm' => $vms[$service][0], 'from' => $from, 'to' => $to, 'kb_per_hour' => 4000,
                'random' => true]);
        }
        $from = $to;
        // The first time is left alone: it tells how long four crons take that have all this work. Later kills fall
        // within that, and the less work is left, the sooner.
        $reach = $span ?? 0;
        for ($done = 0; $epoch > 0 && $done < 16;) {
            $crons = array_map(static fn () => $w->startCron() + ['since' => microtime(true),
                'at' => microtime(true) + $reach * mt_rand(50, 1000) / 1000], range(1, 4));
            while ($crons !== []) {
                foreach ($crons as $i => $cron) {
                    $status = proc_get_status($cron['process']);
                    if (!$status['running']) {
                        $hit = $status['signaled'] && $status['termsig'] === SIGKILL;
                        $done += $hit ? 1 : 0;
                        $reach = $hit ? $reach : 0.6 * $reach + 0.4 * (microtime(true) - $cron['since']);
                        proc_close($cron['process']);
                        unset($crons[$i]);
                    } elseif (microtime(true) >= $cron['at']) {
                        proc_terminate($cron['process'], SIGKILL);
                    }
                }
                usleep(500);
            }
            foreach ($w->sql("SELECT state, COUNT(*) AS n FROM mod_provisor_periods WHERE state IN ('planned', 'drafting',"
                . " 'drafted') GROUP BY state") as $row) {
                $left[$row['state']] += (int) $row['n'];
            }
        }
        $kills += $done;
        // Leases run out; then four whole runs at once finish what is left.
        usleep($epoch > 0 ? ($lease * 1000 + 1000) * 1000 : 0);
        $begun = microtime(true);
        foreach (array_map(static fn () => $w->startCron(), range(1, 4)) as $cron) {
            [$code, $said] = $w->wait($cron);
            $complaints += $code === 0 && !str_contains($said, 'FAILED') ? 0 : 1;
            if ($code !== 0) {
                Promise::note("a cron that was left alone ended with $code: $said");
            }
        }
        $span ??= microtime(true) - $begun;
    }
    usleep(($lease * 1000 + 1000) * 1000);
    $w->cron();
    $idle = $w->cron();
    Promise::note(sprintf('%d kills in %d times two months, within %.1f s each, seed %d; periods seen after kills: %s',
        $kills, $epoch - 1, $span, World::$seed, json_encode($left)));
    Promise::holds($kills >= $wanted, "$wanted kills hit running crons");
    World::$quick || Promise::holds(array_sum($left) > 0, 'some kills hit between the plan and the published invoice');
    $w->billedOnce($w->truth($vms, '2026-01-10'));
    $published = array_count_values(file("$w->root/published", FILE_IGNORE_NEW_LINES));
    Promise::same([], array_filter($published, static fn (int $n) => $n !== 1), 'no invoice is published twice');
    Promise::says('0 invoices published', $idle, 'then there is nothing left to do');
    $state = $w->panel->get('state');
    Promise::same(8, count($state['vms']), 'eight services have eight VMs');
    Promise::same(4 + 1, count($state['users']), 'four clients have four OnApp users, beside the admin');
    Promise::same(0, $complaints, 'crons that were left alone tell of no failure');
}];
