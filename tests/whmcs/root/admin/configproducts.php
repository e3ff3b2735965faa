<?php

/** Products in the admin area. Follows whmcs-contract.md 1.3. */

declare(strict_types=1);

define('ADMINAREA', true);
require __DIR__ . '/../init.php';

StandIn\Pages\AdminProduct::show((int) ($_REQUEST['id'] ?? 0));
