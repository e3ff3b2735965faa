<?php

/** Counts hook points, for the stand-in's own tests only. */

declare(strict_types=1);

foreach (['AfterCronJob', 'DailyCronJob', 'InvoiceCreation', 'InvoiceCreationPreEmail', 'InvoiceCreated', 'InvoicePaid',
    'PreModuleCreate', 'AfterModuleCreate', 'AfterModuleCreateFailed'] as $point) {
    add_hook($point, 10, static function (array $vars) use ($point): void {
        $count = 1 + (int) WHMCS\Config\Setting::getValue("Dummy$point");
        WHMCS\Config\Setting::setValue("Dummy$point", (string) $count);
    });
}
