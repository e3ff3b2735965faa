<?php

/**
 * A new package as WHMCS brings it: paid options and the button Change Package reach the machine, and what is refused is
 * said to staff. The site is that of onapp_pages.php, which is read before.
 */

declare(strict_types=1);

namespace Provisor\Tests;

return [
    'Change Package brings memory, speed and disk to the machine, and the crons finish it' => static function (): void {
        $site = new VmSite();
        $site->control('role', ['role' => 1, 'grant' => ['disks.read', 'disks.update', 'backups.read', 'backups.create']]);
        $site->whmcs('sql', "UPDATE tblproducts SET configoption3 = '2048', configoption8 = '100', configoption11 = '30,0'");
        $tab = $site->inside('return onapp_AdminServicesTabFields($params);');
        Check::contains('differs: Change Package changes it', $tab['Ordered and there'] ?? json_encode($tab));
        Check::contains('None yet', $tab['Last backup'] ?? json_encode($tab));
        Check::contains('success', $site->whmcs('module', '--service', $site->service, '--action', 'upgrade'));
        for ($cron = 0; $cron < 4; ++$cron) {
            $site->settle();
        }
        $vm = $site->vm();
        Check::same([2048, 30, 100, true], [$vm['memory'], $vm['primary_disk_size'], $vm['nics'][0]['rate_limit'], $vm['booted']]);
        $row = $site->inside('return (array) WHMCS\Database\Capsule::table("tblonappservices")->first();');
        Check::same(['2048', '30'], [(string) $row['memory'], (string) $row['disk_size']]);
        $tab = $site->inside('return onapp_AdminServicesTabFields($params);');
        Check::true(!str_contains($tab['Ordered and there'], 'differs'), $tab['Ordered and there']);
    },
    'a smaller disk is refused in words for staff, and the machine stays as it is' => static function (): void {
        $site = new VmSite();
        $site->control('role', ['role' => 1, 'grant' => ['disks.read', 'disks.update']]);
        $site->whmcs('sql', "UPDATE tblproducts SET configoption3 = '4096', configoption11 = '10,0'");
        $said = $site->inside('return onapp_ChangePackage($params);');
        Check::contains('no disk is made smaller', $said);
        Check::contains('Order 20 GB or more', $said);
        Check::same([1024, 20], [$site->vm()['memory'], $site->vm()['primary_disk_size']]);
    },
    'staff back up the first disk by their button' => static function (): void {
        $site = new VmSite();
        $site->control('role', ['role' => 1, 'grant' => ['disks.read', 'backups.read', 'backups.create']]);
        $site->whmcs('module', '--service', $site->service, '--action', 'custom', '--function', 'staffbackup');
        $site->control('clock', ['advance_seconds' => 900]);
        Check::same(1, count($site->vm()['backups']));
    },
    'a client goes from the upgrade page to the page of WHMCS, only where the product has such upgrades' => static function (): void {
        $site = new VmSite();
        $site->login(1);
        $page = $site->page('upgrade');
        Check::contains('Please take a backup', $page);
        Check::contains('Back up now', $page);
        Check::contains('a=upgrade_options', $page);
        Check::true(!str_contains($page, 'a=upgrade_package'), 'there is no product to change to');
        $to = static fn (string $way) => $site->get("clientarea.php?action=productdetails&id=$site->service&modop=custom&a=$way")[2];
        // The old module's address leads to the page with the advice, while there is one.
        $own = "clientarea.php?action=productdetails&id=$site->service";
        $old = static fn () => $site->get("onapp.php?page=upgrade&id=$site->service")[2];
        Check::same("$own&modop=custom&a=upgrade", $old());
        Check::same("upgrade.php?type=configoptions&id=$site->service", $to('upgrade_options'));
        Check::same('', $to('upgrade_package'));
        $site->whmcs('sql', 'INSERT INTO tblproduct_upgrade_products (product_id, upgrade_product_id) VALUES (1, 2)');
        Check::same("upgrade.php?type=package&id=$site->service", $to('upgrade_package'));
        $site->whmcs('sql', 'DELETE FROM tblproduct_upgrade_products');
        $site->whmcs('sql', 'UPDATE tblproducts SET configoptionsupgrade = 0');
        Check::same('', $to('upgrade_options'));
        Check::same($own, $old());
        Check::true(!str_contains($site->page(), 'a=upgrade'), 'no page leads there');
        $site->whmcs('sql', 'INSERT INTO tblproduct_upgrade_products (product_id, upgrade_product_id) VALUES (1, 2)');
        Check::same("$own&modop=custom&a=upgrade", $old(), 'another product alone is an upgrade too');
        $site->login(2);
        Check::same($own, $old(), 'another client learns nothing of the product');
    },
];
