<?php

/** Two staff members press the same button together. OnApp's suspend is a toggle; the result is not. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

return ['two press together' => static function (): void {
    $w = new World();
    $service = $w->running();
    $rounds = World::$quick ? 4 : 12;
    $wrong = $heard = [];
    for ($round = 0; $round < $rounds; $round++) {
        foreach (['suspend' => true, 'unsuspend' => false] as $action => $wanted) {
            $w->panel->post('requests/clear');
            // The panel answers nobody until both are at it.
            $w->panel->signal(SIGSTOP);
            $both = [$w->start('module', '--service', (string) $service, '--action', $action, '--as', 'admin'),
                $w->start('module', '--service', (string) $service, '--action', $action, '--as', 'admin')];
            usleep(150_000 + 30_000 * $round);
            $w->panel->signal(SIGCONT);
            foreach ($both as $one) {
                $said = trim($w->wait($one)[1]);
                $heard[$said === 'success' ? 'success' : (str_contains($said, 'onapp.busy') ? 'busy' : $said)] =
                    ($heard[$said === 'success' ? 'success' : (str_contains($said, 'onapp.busy') ? 'busy' : $said)]
                        ?? 0) + 1;
            }
            $toggles = count(array_filter($w->panel->requests(), static fn (array $r) => $r['method'] === 'POST'
                && str_contains((string) $r['path'], 'suspend')));
            if ($w->panel->vms()[0]['suspended'] !== $wanted || $toggles !== 1) {
                $wrong[] = "$action: $toggles toggles";
            }
            $w->advance(120);
        }
    }
    Promise::note('heard: ' . json_encode($heard));
    Promise::same([], $wrong, "after each of $rounds double presses the VM is suspended, or active, by one toggle");
    Promise::same([], array_diff(array_keys($heard), ['success', 'busy']), 'the second hears busy or success');
    Promise::same('success', $w->module($service, 'suspend'), 'suspend');
    Promise::same('success', $w->module($service, 'suspend'), 'suspend again is success');
    Promise::same(true, $w->panel->vms()[0]['suspended'], 'and the VM stays suspended');
}];
