<?php

/**
 * Collects transfer and bills what is due; the daily cron does the same. Running it often, or twice at once, changes
 * nothing but how fresh the figures are.
 *
 *     php -q modules/servers/onapp/cron_bandwidth.php [--dry-run | --takeover [--bill=all|17,20]]
 *
 * Prints one line for each result. Exits with 1 when something failed, with 2 when it was called wrongly.
 */

if (isset($_SERVER['REQUEST_METHOD']) || isset($_SERVER['REMOTE_ADDR'])) {
    header('HTTP/1.1 403 Forbidden');
    exit('This is a cron job. Run it from the command line.');
}
$provisorBill = '';
$provisorWords = [];
foreach (array_diff(array_slice($_SERVER['argv'], 1), ['--']) as $provisorWord) {
    if (strncmp($provisorWord, '--bill=', 7) === 0 && strlen($provisorWord) > 7) {
        $provisorBill = substr($provisorWord, 7);
        $provisorWord = '--bill=...';
    }
    $provisorWords[] = $provisorWord;
}
sort($provisorWords);
if (!in_array($provisorWords, [[], ['--dry-run'], ['--takeover'], ['--bill=...', '--takeover']], true)) {
    echo "usage: php -q cron_bandwidth.php [--dry-run | --takeover [--bill=all|17,20]]\n"
        . "  --dry-run    show what would be invoiced from what is collected; change nothing\n"
        . "  --takeover   show what the old OnApp module left: services to take over, periods it did not bill,\n"
        . "               servers that cannot be used as they are entered, files, cron lines; change nothing\n"
        . "  --bill=...   bill the periods so listed, of all services or of those named\n";
    exit(in_array('--help', $provisorWords, true) ? 0 : 2);
}

chdir(__DIR__ . '/../../..');
require_once __DIR__ . '/../../../init.php';
require_once __DIR__ . '/../../../includes/provisor/load.php';

if (provisor_refusal() !== '') {
    echo provisor_refusal() . "\n";
    exit(1);
}
$provisorJobs = [['onapp.settle', []], ['onapp.collect', []], ['onapp.bill', []]];
if ($provisorWords === ['--dry-run']) {
    $provisorJobs = [['onapp.bill', ['dry_run' => true]], ['onapp.takeover', []]];
} elseif ($provisorWords !== []) {
    $provisorJobs = [['onapp.takeover', ['bill' => $provisorBill]]];
}
$provisorGood = Provisor\Entry::runAll($provisorJobs, static function ($good, $line) {
    echo ($good ? '' : 'FAILED ') . $line . "\n";
});
if (in_array('--takeover', $provisorWords, true)) {
    foreach (Provisor\Leftovers::named(getcwd(), require __DIR__ . '/leftovers.php') as $provisorLine) {
        echo "left over: $provisorLine\n";
    }
}
exit($provisorGood ? 0 : 1);
