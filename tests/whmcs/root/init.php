<?php

/** The entry of every page, cron and module file. Follows whmcs-contract.md 4.5: ROOTDIR, then all of the surface. */

declare(strict_types=1);

defined('ROOTDIR') || define('ROOTDIR', __DIR__);
require_once '@STAND_IN@/src/bootstrap.php';
