<?php

/** The client area. Follows whmcs-contract.md 6.3. */

declare(strict_types=1);

define('CLIENTAREA', true);
require __DIR__ . '/init.php';

match ($_GET['action'] ?? $_POST['action'] ?? '') {
    'productdetails' => StandIn\Pages\ProductDetails::show((int) ($_REQUEST['id'] ?? 0)),
    'invoices' => StandIn\Pages\ClientHome::invoices(),
    default => StandIn\Pages\ClientHome::show(),
};
