<?php

/** Runs a job up to an op and ends there, before the op is done: until.php ROOT JOB INPUT OP NTH. */

declare(strict_types=1);

[, $root, $job, $input, $op, $nth] = $argv;
require "$root/init.php";
require_once "$root/includes/provisor/load.php";

$session = Provisor\Session::open((string) json_encode(['v' => 1, 'job' => $job,
    'now' => WHMCS\Carbon::now('UTC')->format('Y-m-d\TH:i:s\Z'), 'limits' => (object) Provisor\Settings::limits(),
    'input' => json_decode($input)]));
$host = new Provisor\WhmcsHost();
$reply = null;
while (true) {
    [$class, $text] = $session->step($reply);
    $told = json_decode($text, true);
    if ($class !== 1) {
        echo "ended without $op: $text\n";
        exit(1);
    }
    if ($told['op'] === $op && --$nth < 1) {
        echo "stopped before $op\n";
        posix_kill(posix_getpid(), SIGKILL);
    }
    $reply = (string) json_encode(['v' => 1, 'id' => $told['id'], 'now' => $host->clock($told['op']),
        'value' => (object) $host->answer($told['op'], $told['args'])]);
}
