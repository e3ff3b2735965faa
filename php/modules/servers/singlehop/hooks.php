<?php

/**
 * Once a day the bandwidth of every server goes into WHMCS's own columns. WHMCS runs UsageUpdate for each server record, and
 * this module has none.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

add_hook('DailyCronJob', 1, static function () {
    if (provisor_refusal() === '') {
        $input = static fn () => ['configuration' => Provisor\Params::configuration('singlehop')];
        Provisor\Entry::runAll([['singlehop.report', $input]], static function ($good, $line) {
            if (!$good) {
                logActivity("Provisor $line");
            }
        });
    }
});

// A deleted service's number may be given again, to another client, who gets nothing of it.
add_hook('ServiceDelete', 1, static function ($vars = []) {
    Provisor\Entry::hook('singlehop.service_deleted', ['service_id' => (string) ($vars['serviceid'] ?? '')]);
});
