<?php

/**
 * At the end of every cron run new virtual machines are finished: addresses, the mail to the client, what was cut off.
 * Once a day everything is collected and billed, also on servers that are disabled, which UsageUpdate leaves out.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

add_hook('AfterCronJob', 1, static function () {
    if (provisor_refusal() !== '') {
        return;
    }
    try {
        // At most a minute and a step; what is left follows with the next run of the cron.
        Provisor\Job::run('onapp.settle', [], ['step_seconds' => 15], 60);
    } catch (Throwable $e) {
        if (!$e instanceof Provisor\JobFailed || $e->problem !== 'job.budget') {
            logActivity('Provisor: ' . Provisor\Entry::sentence($e));
        }
    }
});

add_hook('DailyCronJob', 1, static function () {
    if (provisor_refusal() === '') {
        Provisor\Entry::runAll([['onapp.collect', []], ['onapp.bill', []]], static function ($good, $line) {
            if (!$good) {
                logActivity("Provisor $line");
            }
        });
    }
});

// An entry in the client's menu, for clients who have such a service alone.
add_hook('ClientAreaPrimaryNavbar', 1, static function ($menu) {
    if (provisor_refusal() !== '') {
        return;
    }
    try {
        $service = Provisor\Menu::first('onapp');
        if ($service !== '') {
            $menu->addChild('OnApp', ['label' => 'OnApp', 'uri' => Provisor\Menu::address($service, 'machines'), 'order' => 25]);
        }
    } catch (Throwable $e) {
        logActivity('Provisor: ' . Provisor\Entry::sentence($e));
    }
});
