<?php

/** The connection is cut at each request of create, before and after the panel acted: one VM and one user. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

return ['create with cut connections' => static function (): void {
    $w = new World('2026-01-10T08:00:00Z', ['read_seconds' => 2, 'step_seconds' => 6]);
    $product = $w->product();
    // One that goes well tells how many requests there are; a new server would be asked its version as well.
    $forget = static fn () => $w->run('DELETE FROM mod_provisor_servers');
    $w->order($w->client('first@example.com'), $product, 'first.example.com', '--password', 'Start12345');
    Promise::same(1, count($w->panel->vms(false)), 'undisturbed, there is one VM');
    $requests = $w->panel->requests();
    Promise::note(count($requests) . ' requests: ' . implode(', ', array_map(
        static fn (array $r) => "$r[method] " . strtok((string) $r['path'], '?'),
        $requests
    )));
    $kinds = ['reset_before' => [], 'reset_after' => [], 'stall' => ['processed' => true], 'html_500' =>
        ['processed' => true], 'truncated' => []];
    if (World::$quick || World::$database === 'sqlite') {
        $kinds = array_slice($kinds, 0, 2);
    }
    $expected = 1;
    foreach ($kinds as $kind => $more) {
        $tries = [];
        $bad = [];
        for ($nth = 1; $nth <= count($requests); $nth++) {
            $name = "$kind$nth";
            $name = str_replace('_', '-', $name);
            $forget();
            // Every repetition of the request within the same try is cut as well: only a new try gets through.
            $w->panel->faults(['kind' => $kind, 'nth' => $nth, 'count' => $nth === 1 ? 2 : 3] + $more);
            $service = $w->order($w->client("$name@example.com"), $product, "$name.example.com", '--password',
                'Start12345');
            $said = (string) $w->value("SELECT last_attempt_error FROM tblmodulequeue WHERE service_id = $service");
            for ($n = 1; $n <= 6 && $w->value("SELECT domainstatus FROM tblhosting WHERE id = $service") !== 'Active'; $n++) {
                if ($n === 3) {
                    $w->panel->faults();
                }
                if ($n > 1) {
                    // A request whose fate is unknown is not repeated while the claim lasts, ten minutes.
                    $w->run("UPDATE mod_provisor_services SET claim_until = '2020-01-01T00:00:00Z'"
                        . ' WHERE claim_until IS NOT NULL');
                }
                $w->try('queue', '--retry', 'all');
            }
            $w->panel->faults();
            $expected++;
            $tries[] = $n;
            $mine = array_filter($w->panel->vms(false), static fn (array $vm) => $vm['hostname'] === "$name.example.com"
                || $vm['label'] === "$name.example.com");
            $users = array_filter($w->panel->users(), static fn (array $u) => $u['email'] === "$name@example.com");
            if (count($mine) !== 1 || count($users) !== 1 || (int) current($mine)['id'] !== $w->vmOf($service)) {
                $bad[] = "request $nth: " . count($mine) . ' VMs, ' . count($users) . " users, after: $said";
            }
        }
        Promise::same([], $bad, "one VM, one user and the right mapping, whichever request meets $kind");
        Promise::note("$kind: tries " . implode(' ', $tries));
        Promise::same('0', $w->value("SELECT COUNT(*) FROM tblhosting WHERE domainstatus <> 'Active'"),
            "all are active in the end ($kind)");
    }
    Promise::same([$expected, $expected], [count($w->panel->vms(false)), count($w->panel->users())],
        'no VM and no user is left over');
}];
