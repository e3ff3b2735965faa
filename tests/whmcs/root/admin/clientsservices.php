<?php

/** Services in the admin area. Follows whmcs-contract.md 1.12. */

declare(strict_types=1);

define('ADMINAREA', true);
require __DIR__ . '/../init.php';

StandIn\Pages\AdminService::show((int) ($_REQUEST['id'] ?? $_REQUEST['productselect'] ?? 0));
