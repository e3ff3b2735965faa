<?php

/** Runs one case: one.php CASE DATABASE FOLDER SOCKET SEED QUICK LIB SIMULATOR. Started by Runner. */

declare(strict_types=1);

namespace Provisor\Hazards;

error_reporting(E_ALL & ~E_DEPRECATED);
foreach (['Promise', 'Panel', 'World'] as $class) {
    require __DIR__ . "/$class.php";
}
[, $case, $database, World::$folder, World::$socket, $seed, $quick, World::$lib, World::$simulator] = $argv;
World::$database = $database;
World::$quick = $quick !== '';
World::$seed = (int) $seed;
// Ending by a signal still closes what was started.
pcntl_async_signals(true);
pcntl_signal(SIGTERM, static fn () => exit(3));
register_shutdown_function(World::closeAll(...));
foreach (require dirname(__DIR__) . "/cases/$case.php" as $name => $test) {
    Promise::group($name, $test);
}
exit(Promise::$failed === 0 ? 0 : 1);
