<?php

/** The admin area's front page: what can be opened. */

declare(strict_types=1);

define('ADMINAREA', true);
require __DIR__ . '/../init.php';

use StandIn\Pages\AdminLayout;
use WHMCS\Database\Capsule;

AdminLayout::requireAdmin();
$html = '<h2>Products</h2><ul>';
foreach (Capsule::table('tblproducts')->where('servertype', '!=', '')->get() as $product) {
    $html .= "<li><a href=\"configproducts.php?action=edit&amp;id=$product->id\">$product->name</a></li>";
}
$html .= '</ul><h2>Services</h2><ul>';
foreach (Capsule::table('tblhosting')->get() as $service) {
    $html .= "<li><a href=\"clientsservices.php?id=$service->id\">$service->id: $service->domain</a> "
        . "$service->domainstatus</li>";
}
AdminLayout::show('Admin Area', $html . '</ul>');
