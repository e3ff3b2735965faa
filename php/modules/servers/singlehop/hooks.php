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
