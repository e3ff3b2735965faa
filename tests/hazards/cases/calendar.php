<?php

/** Missed months, edited dates, changed zones, both changes of the clocks: no gap, no overlap, each period once. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

$oldestFirst = static function (World $w, int $service, int $count): void {
    $order = $w->sql("SELECT period, invoice_id FROM mod_provisor_periods WHERE service_id = $service ORDER BY invoice_id");
    Promise::same(array_map('strval', range(0, $count - 1)), array_column($order, 'period'),
        "$count invoices, oldest first");
};
$seamless = static function (World $w): void {
    $gaps = [];
    $last = null;
    foreach ($w->periods() as $row) {
        if ($last !== null && $last !== $row['start_at']) {
            $gaps[] = "$last to $row[start_at]";
        }
        $last = $row['end_at'];
    }
    Promise::same([], $gaps, 'each period starts where the one before ended');
};

return [
    'three missed months' => static function () use ($oldestFirst, $seamless): void {
        $w = new World();
        $service = $w->running();
        $w->clock('2026-01-31T12:00:00Z');
        $w->traffic($service, '2026-01-10T09:00:00Z', '2026-01-31T12:00:00Z');
        $w->cron();
        // Nothing runs for three ends of periods.
        $w->clock('2026-04-13T12:00:00Z');
        $w->traffic($service, '2026-01-31T12:00:00Z', '2026-04-13T12:00:00Z');
        $said = $w->cron();
        Promise::says('3 invoices published', $said, 'one run catches up');
        $w->cron();
        $w->billedOnce($w->truth([$service => [$w->vmOf($service)]], '2026-01-10'));
        $oldestFirst($w, $service, 3);
        $seamless($w);
    },

    'a run cut off while it reads a long silence' => static function () use ($seamless): void {
        $w = new World();
        $service = $w->running();
        $w->clock('2026-03-13T12:00:00Z');
        $w->traffic($service, '2026-01-10T09:00:00Z', '2026-03-13T12:00:00Z', 4000);
        // Two months are written in three parts; the runner ends before the second.
        Promise::says('stopped before', $w->until('apply', 'onapp.collect', 3), 'a runner is cut off');
        Promise::same('500', $w->value('SELECT COUNT(*) FROM mod_provisor_readings'), 'in the middle');
        // Another one has collected already and bills.
        $w->job('onapp.bill');
        $early = array_column($w->periods(), 'content');
        Promise::same([], array_values(array_filter($early, static fn ($content) => json_decode((string) $content,
            true)['gaps'] !== [])), 'what can still be read is no gap on a bill');
        $w->cron();
        $w->cron();
        $w->billedOnce($w->truth([$service => [$w->vmOf($service)]], '2026-01-10'));
        $seamless($w);
    },

    'a panel that is away for more than a week' => static function (): void {
        $w = new World('2026-01-10T08:00:00Z', ['connect_seconds' => 1]);
        $service = $w->running();
        $w->clock('2026-02-01T00:00:00Z');
        $w->traffic($service, '2026-01-10T09:00:00Z', '2026-02-20T00:00:00Z', 6000);
        $w->cron();
        $w->run('UPDATE tblservers SET port = 1');
        $w->clock('2026-02-16T00:00:00Z');
        $w->cron();
        Promise::same([], $w->periods(), 'for a week the period waits');
        $w->clock('2026-02-18T00:00:00Z');
        $w->cron();
        $gaps = json_decode((string) $w->value('SELECT content FROM mod_provisor_periods'), true)['gaps'] ?? [];
        Promise::same([1, 1], [count($w->invoices()), count($gaps)], 'then it is billed, and its gap is named');
        $w->run("UPDATE tblservers SET port = {$w->panel->port}");
        $w->clock('2026-03-14T00:00:00Z');
        $w->traffic($service, '2026-02-20T00:00:00Z', '2026-03-14T00:00:00Z', 6000);
        $w->cron();
        $truth = $w->truth([$service => [$w->vmOf($service)]], '2026-01-10')[$service];
        $cents = static fn (array $amounts) => (int) round(100 * array_sum(array_map(floatval(...), $amounts)));
        Promise::same($cents(array_column($truth, 'amount')), $cents(array_column($w->invoices(), 'subtotal')),
            'the hours that came late are on the next bill');
    },

    'WHMCS closes its month with all that was measured, also of a disabled server' => static function (): void {
        $billed = [];
        foreach ([0, 1] as $disabled) {
            $w = new World();
            $service = $w->running();
            $w->setting('OverageBilling', 'on');
            $w->run("UPDATE tblproducts SET configoption24 = 'whmcs', overagesbwlimit = 0");
            $w->run("UPDATE tblservers SET disabled = $disabled");
            $w->panel->post('traffic', ['vm' => $w->vmOf($service), 'from' => '2026-01-10T09:00:00Z',
                'to' => '2026-02-01T00:00:00Z', 'kb_per_hour' => 3000]);
            foreach (['29', '30', '31'] as $day) {
                $w->clock("2026-01-{$day}T02:00:00Z");
                $w->try('cron');
            }
            $lines = $w->sql("SELECT description FROM tblinvoiceitems WHERE description LIKE '%Usage%'");
            Promise::same(1, count($lines), 'WHMCS bills its month');
            $billed[] = $lines[0]['description'];
            $w->close();
        }
        Promise::same($billed[0], $billed[1], 'a disabled server loses no hour');
    },

    'a year of edits' => static function () use ($oldestFirst, $seamless): void {
        $w = new World();
        $service = $w->running();
        $vm = $w->vmOf($service);
        $zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', 'UTC', 'Europe/Berlin'];
        $from = '2026-01-10T09:00:00Z';
        $w->traffic($service, $from, '2027-01-20T00:00:00Z', 2500);
        // The first run freezes the zone; later runs have other zones and other registration dates.
        for ($run = 0, $day = strtotime('2026-02-10T01:30:00Z'); $day < strtotime('2027-01-20T00:00:00Z'); $run++) {
            $w->clock(gmdate('Y-m-d\TH:i:s\Z', $day));
            $w->zone = $zones[$run % count($zones)];
            if ($run > 0) {
                $w->run("UPDATE tblhosting SET regdate = '" . gmdate('Y-m-d', $day - 86400 * 7 * $run) . "'");
            }
            $run % 2 === 0 ? $w->cron() : $w->try('cron');
            $day += 86400 * ($run % 3 === 0 ? 13 : 16) + 3600 * $run;
        }
        $w->zone = 'Europe/Berlin';
        $w->cron();
        $w->cron();
        $truth = $w->truth([$service => [$vm]], '2026-01-10');
        Promise::holds(count($truth[$service]) >= 11, 'eleven periods and more, over both changes of the clocks');
        $w->billedOnce($truth);
        $oldestFirst($w, $service, count($truth[$service]));
        $seamless($w);
        $hours = array_map(static fn (array $p) => (strtotime($p['end_at']) - strtotime($p['start_at'])) / 3600,
            $w->periods());
        Promise::same([743, 744, 745], (static function () use ($hours): array {
            $kinds = array_values(array_unique($hours));
            sort($kinds);
            return $kinds;
        })(), 'the periods of March and October are an hour shorter and longer');
        $billed = array_sum(array_map('intval', array_column($w->periods(), 'billed_kb')));
        $true = array_sum(array_map('intval', array_column($truth[$service], 'kb')));
        Promise::same($true, $billed, 'billed KB equal the truth');
    },
];
