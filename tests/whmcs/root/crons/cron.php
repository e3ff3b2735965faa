<?php

/** The system cron. Follows whmcs-contract.md 7.1. */

declare(strict_types=1);

require_once __DIR__ . '/../init.php';

StandIn\Cron\Cron::run(static function (string $line): void {
    echo $line . "\n";
});
