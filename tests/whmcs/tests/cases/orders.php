<?php

/** Promises about orders, automatic set-up and renewals (whmcs-contract.md 1.8, 1.19, 1.20). */

declare(strict_types=1);

use StandInTests\World;

return [
    'an_order_waits_as_pending_with_an_unpaid_hosting_line' => static function (World $w): void {
        $w->order('--autosetup', 'payment');
        $w->same('Pending', $w->status());
        $line = $w->json('invoices')[0]['items'][0];
        $w->same(['Hosting', '1', '10.00'], [$line['type'], (string) $line['relid'], $line['amount']]);
        $w->same([], $w->calls());
    },
    'paying_the_first_invoice_creates_and_does_not_renew' => static function (World $w): void {
        $w->order('--autosetup', 'payment');
        $w->same('Paid', $w->do('pay', '--invoice', '1'));
        $w->same(['CreateAccount'], $w->calls());
        $w->same('Active', $w->status());
        $w->same(1, $w->hooked('InvoicePaid'));
    },
    'automatic_setup_on_order_creates_at_once' => static function (World $w): void {
        $w->order('--autosetup', 'order');
        $w->same(['CreateAccount'], $w->calls());
    },
    'automatic_setup_on_acceptance_waits_for_staff' => static function (World $w): void {
        $w->order('--autosetup', 'on');
        $w->do('pay', '--invoice', '1');
        $w->same([], $w->calls());
        $w->do('accept', '--order', '1');
        $w->same(['CreateAccount'], $w->calls());
    },
    'without_automatic_setup_acceptance_creates_nothing' => static function (World $w): void {
        $w->order('--autosetup', '');
        $w->do('accept', '--order', '1');
        $w->same([], $w->calls());
        $w->same('Pending', $w->status());
    },
    'a_free_product_has_no_invoice' => static function (World $w): void {
        $w->same(0, (int) $w->order('--price', '0')['invoice']);
    },
    'a_disabled_server_takes_no_order' => static function (World $w): void {
        $w->do('server:add', '--type', 'dummy', '--disabled');
        $w->do('server:add', '--type', 'dummy');
        $w->do('product:add', '--module', 'dummy', '--autosetup', 'order');
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('order', '--client', '1', '--product', '1', '--domain', 'a.b');
        $w->same('2', (string) $w->sql('SELECT server FROM tblhosting')[0]['server']);
    },
    'the_welcome_mail_has_its_merge_fields_filled' => static function (World $w): void {
        $w->order('--autosetup', 'order');
        $password = $w->php('echo decrypt((string) WHMCS\Service\Service::find(1)->getRawOriginal("password"));');
        $mails = $w->sql("SELECT message FROM tblemails WHERE subject = 'New server information'");
        $w->same(1, count($mails));
        $w->same(10, strlen($password));
        $w->holds(str_contains($mails[0]['message'], "Password: $password"), 'the mail names the password');
        $w->holds(str_contains($mails[0]['message'], 'Hostname: vm1.example.com'), 'the mail names the host');
        $w->holds(!str_contains($mails[0]['message'], '{'), 'no field is left over');
    },
    'a_paid_renewal_renews_and_moves_the_due_date_one_cycle' => static function (World $w): void {
        $w->do('clock', '--set', '2026-01-31T12:00:00Z');
        $w->order('--autosetup', 'payment');
        $w->do('pay', '--invoice', '1');
        $w->same('2026-02-28', $w->sql('SELECT nextduedate FROM tblhosting')[0]['nextduedate']);
        $w->do('cron', '--now', '2026-02-20T12:00:00Z');
        $w->same(2, count($w->json('invoices')));
        $w->do('pay', '--invoice', '2');
        $w->same(['CreateAccount', 'UsageUpdate', 'Renew'], $w->calls());
    },
    'a_cancelled_order_cancels_its_invoice_and_pending_service' => static function (World $w): void {
        $w->order();
        $w->do('cancel', '--order', '1');
        $w->same('Cancelled', $w->status());
        $w->same('Cancelled', $w->json('invoices')[0]['status']);
        $w->same([], $w->calls());
    },
    'a_paid_option_upgrade_calls_changepackage_and_its_hook' => static function (World $w): void {
        $w->do('clock', '--set', '2026-03-01T12:00:00Z');
        $w->do('server:add', '--type', 'dummy');
        $w->do('product:add', '--module', 'dummy', '--price', '10', '--autosetup', 'payment');
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('option:add', '--product', '1', '--name', 'ram', '--type', 'quantity', '--sub', 'MB:128:1');
        $w->do('order', '--client', '1', '--product', '1', '--option', 'ram=1');
        $w->do('pay', '--invoice', '1');
        $w->do('clock', '--set', '2026-03-31T12:00:00Z');
        $w->same('0.10', $w->json('upgrade', '--service', '1', '--option', 'ram=4')['price'], '3.00 for 1 of 31 days');
        $w->same(['CreateAccount'], $w->calls());
        file_put_contents("$w->root/includes/hooks/mine.php", '<?php add_hook("AfterConfigOptionsUpgrade", 1, '
            . 'fn ($vars) => WHMCS\Config\Setting::setValue("Upgraded", (string) $vars["upgradeid"]));');
        $w->do('pay', '--invoice', '2');
        $w->same(['CreateAccount', 'ChangePackage'], $w->calls());
        $w->same('1', $w->sql("SELECT value FROM tblconfiguration WHERE setting = 'Upgraded'")[0]['value']);
        $w->same('4', $w->sql('SELECT qty FROM tblhostingconfigoptions')[0]['qty']);
        $w->same('14.00', number_format((float) $w->sql('SELECT amount FROM tblhosting')[0]['amount'], 2));
    },
    'configurable_options_are_priced_and_reach_the_module_by_type' => static function (World $w): void {
        $w->do('server:add', '--type', 'dummy');
        $w->do('product:add', '--module', 'dummy', '--price', '10', '--autosetup', 'order');
        $w->do('client:add', '--email', 'a@b.test');
        $add = ['option:add', '--product', '1'];
        $w->do(...[...$add, '--name', 'ram|Memory', '--type', 'quantity', '--sub', 'MB:128:0.50']);
        $w->do(...[...$add, '--name', 'OS', '--type', 'dropdown', '--sub', 'deb|Debian:5', '--sub', 'ubu|Ubuntu:6:2']);
        $w->do(...[...$add, '--name', 'Backup', '--type', 'yesno']);
        $w->do('order', '--client', '1', '--product', '1', '--option', 'ram=3', '--option', 'OS=ubu');
        $params = json_decode($w->sql('SELECT params FROM mod_dummy_calls')[0]['params'], true);
        $w->same(['ram' => 3, 'OS' => 'ubu', 'Backup' => 0], $params['configoptions']);
        $w->same('13.50', $w->json('invoices')[0]['total']);
    },
];
