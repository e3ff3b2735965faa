<?php

/**
 * Once a day the bandwidth of every server goes into WHMCS's own columns, before the daily run: WHMCS bills from them in the
 * run of a month's last day. It runs UsageUpdate for each server record, and this module has none.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

add_hook('PreCronJob', 1, static function () {
    if (provisor_refusal() === '') {
        Provisor\Entry::runAll([['singlehop.report', Provisor\Params::daily('singlehop')]], static function ($good, $line) {
            if (!$good) {
                Provisor\Journal::activity("Provisor $line");
            }
        });
    }
});

// A deleted service's number may be given again, to another client, who gets nothing of it.
add_hook('ServiceDelete', 1, static function ($vars = []) {
    provisor_hook('singlehop.service_deleted', ['service_id' => (string) ($vars['serviceid'] ?? '')]);
});
