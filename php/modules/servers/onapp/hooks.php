<?php

/**
 * At the end of every cron run new virtual machines are finished: addresses, the mail to the client, what was cut off.
 * Once a day everything is collected and billed, also on servers that are disabled, which UsageUpdate leaves out.
 *
 * Beside that each hook does its least: a new service shows its product's server; staff are told whose address at
 * OnApp is the one of before, and which machine a deleted service or client leaves behind. None calls OnApp, and none
 * keeps WHMCS from what it is doing.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

// For a minute machine after machine is begun; the next run of the cron begins with what is left.
add_hook('AfterCronJob', 1, static function () {
    provisor_hook('onapp.settle', ['seconds' => 60]);
});

// WHMCS asks no disabled server for its usage, and closes its month in the daily run: it is told before that.
add_hook('PreCronJob', 1, static function () {
    if (provisor_refusal() !== '') {
        return;
    }
    try {
        $servers = Provisor\WhmcsHost\Products::disabledServers('onapp');
    } catch (Throwable $e) {
        Provisor\Journal::activity('Provisor: ' . Provisor\Entry::sentence($e));
        return;
    }
    foreach ($servers as $id) {
        $server = ['server_id' => $id];
        Provisor\Entry::runAll([['onapp.collect', $server], ['onapp.bill', $server]], static function ($good, $line) {
            if (!$good) {
                Provisor\Journal::activity("Provisor $line");
            }
        });
    }
});

add_hook('DailyCronJob', 1, static function () {
    if (provisor_refusal() === '') {
        Provisor\Entry::runAll([['onapp.collect', []], ['onapp.bill', []]], static function ($good, $line) {
            if (!$good) {
                Provisor\Journal::activity("Provisor $line");
            }
        });
    }
});

// An entry in the client's menu, for clients who have such a service alone.
add_hook('ClientAreaPrimaryNavbar', 1, static function ($menu = null) {
    if (provisor_refusal() !== '' || !is_object($menu)) {
        return;
    }
    try {
        $service = Provisor\Menu::first('onapp');
        if ($service !== '') {
            $menu->addChild('OnApp', ['label' => 'OnApp', 'uri' => Provisor\Menu::address($service, 'machines'), 'order' => 25]);
        }
    } catch (Throwable $e) {
        Provisor\Journal::activity('Provisor: ' . Provisor\Entry::sentence($e));
    }
});

add_hook('AcceptOrder', 1, static function ($vars = []) {
    provisor_hook('onapp.order_accepted', ['order_id' => (string) ($vars['orderid'] ?? '')]);
});

add_hook('ClientEdit', 1, static function ($vars = []) {
    $before = is_array($vars['olddata'] ?? null) ? (string) ($vars['olddata']['email'] ?? '') : '';
    $email = (string) ($vars['email'] ?? '');
    if ($email !== '' && strcasecmp($email, $before) !== 0) {
        $client = (string) ($vars['userid'] ?? '');
        provisor_hook('onapp.client_changed', ['client_id' => $client, 'email' => $email]);
    }
});

// WHMCS 8 runs the first, older releases the second; forgetting twice is forgetting once.
foreach (['PreDeleteClient', 'ClientDelete'] as $provisorHook) {
    add_hook($provisorHook, 1, static function ($vars = []) {
        provisor_hook('onapp.client_deleted', ['client_id' => (string) ($vars['userid'] ?? '')]);
    });
}

add_hook('ServiceDelete', 1, static function ($vars = []) {
    provisor_hook('onapp.service_deleted', ['service_id' => (string) ($vars['serviceid'] ?? '')]);
});
