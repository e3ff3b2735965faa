<?php

/**
 * What a page that needs only a cached answer costs: loading the library, and one onapp.usage job, beside a plain PHP
 * function that asks the same database the same questions.
 *
 *     php tests/php/bench.php ROOT SERVICE [JOB]
 *
 * ROOT is an installed WHMCS root (the stand-in's will do) with our files and the built library, SERVICE a service id.
 * Prints milliseconds and ratios: the median of the runs.
 */

declare(strict_types=1);

use WHMCS\Database\Capsule;

if ($argc < 3) {
    fwrite(STDERR, "usage: php tests/php/bench.php ROOT SERVICE [JOB]\n");
    exit(2);
}
[, $root, $service] = $argv;
$job = $argv[3] ?? 'onapp.usage';
chdir($root);
require_once "$root/init.php";
require_once "$root/includes/provisor/load.php";

function milliseconds(callable $work): float
{
    $started = hrtime(true);
    $work();
    return (hrtime(true) - $started) / 1e6;
}

/** @return float the median */
function measured(int $runs, callable $work): float
{
    $times = [];
    for ($i = 0; $i < $runs; ++$i) {
        $times[] = milliseconds($work);
    }
    sort($times);
    return $times[intdiv($runs, 2)];
}

// A fresh process loads the library; later requests of a worker find it in memory and declare it again.
$load = milliseconds(static fn () => Provisor\Library::version());
$first = milliseconds(static fn () => Provisor\Job::run($job, ['service_id' => $service], [], true));

$ours = measured(200, static fn () => Provisor\Job::run($job, ['service_id' => $service], [], true));

// The plain function asks the same connection for as much: our tables' mark, one row of text, one of the service.
$plain = measured(200, static function () use ($service): string {
    Capsule::table('mod_provisor_meta')->first();
    Capsule::table('mod_provisor_usage')->where('service_id', $service)->first();
    $row = Capsule::table('tblhosting')->where('id', $service)->first(['bwusage', 'bwlimit', 'lastupdate']);
    return htmlspecialchars("Used {$row->bwusage} MB of {$row->bwlimit} MB, as of {$row->lastupdate}.");
});

printf("library load, first in this process  %.3f ms\n", $load);
printf("first %s job                %.3f ms\n", $job, $first);
printf("later %s jobs, median       %.3f ms\n", $job, $ours);
printf("plain PHP function, median           %.3f ms\n", $plain);
printf("ratio                                %.2f\n", $ours / $plain);
