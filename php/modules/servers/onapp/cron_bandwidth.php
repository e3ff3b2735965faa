<?php

/**
 * Collects transfer and bills what is due; the daily cron does the same. Running it often, or twice at once, changes
 * nothing but how fresh the figures are.
 *
 *     php -q modules/servers/onapp/cron_bandwidth.php [--dry-run]
 *
 * Prints one line for each result. Exits with 1 when something failed, with 2 when it was called wrongly.
 */

if (isset($_SERVER['REQUEST_METHOD']) || isset($_SERVER['REMOTE_ADDR'])) {
    header('HTTP/1.1 403 Forbidden');
    exit('This is a cron job. Run it from the command line.');
}
$provisorDryRun = in_array('--dry-run', $_SERVER['argv'], true);
if (array_diff(array_slice($_SERVER['argv'], 1), ['--dry-run', '--']) !== []) {
    echo "usage: php -q cron_bandwidth.php [--dry-run]\n"
        . "  --dry-run   show what would be invoiced from what is collected; change nothing\n";
    exit(in_array('--help', $_SERVER['argv'], true) ? 0 : 2);
}

chdir(__DIR__ . '/../../..');
require_once __DIR__ . '/../../../init.php';
require_once __DIR__ . '/../../../includes/provisor/load.php';

if (provisor_refusal() !== '') {
    echo provisor_refusal() . "\n";
    exit(1);
}
$provisorGood = Provisor\Entry::runAll(
    $provisorDryRun
        ? [['onapp.bill', ['dry_run' => true]]]
        : [['onapp.settle', []], ['onapp.collect', []], ['onapp.bill', []]],
    static function ($good, $line) {
        echo ($good ? '' : 'FAILED ') . $line . "\n";
    }
);
exit($provisorGood ? 0 : 1);
