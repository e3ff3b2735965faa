<?php

/**
 * What the init.php of a stand-in root requires. After it, the documented surface of WHMCS is there: constants,
 * global functions, classes, hooks, the database. Follows whmcs-contract.md 10.
 */

declare(strict_types=1);

if (defined('WHMCS')) {
    return;
}
define('WHMCS', true);

require __DIR__ . '/autoload.php';
foreach (glob(__DIR__ . '/../functions/*.php') ?: [] as $functions) {
    require_once $functions;
}
StandIn\Boot::start(ROOTDIR);
