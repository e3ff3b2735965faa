<?php

/** Promises about the hazards (whmcs-contract.md 10): each is really there when switched on, and gone when off. */

declare(strict_types=1);

use StandInTests\World;

$draft = ['CreateInvoice', 'userid=1', 'draft=1', 'itemdescription1=x', 'itemamount1=5'];
$killed = 128 + SIGKILL;

return [
    'createinvoice_stores_and_dies_as_often_as_asked' => static function (World $w) use ($draft, $killed): void {
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('nasty', '--set', 'createinvoice_dies=1');
        $w->same($killed, $w->try('api', ...$draft)[0]);
        $w->same(1, count($w->json('invoices')));
        $w->same(0, $w->try('api', ...$draft)[0]);
        $w->same(2, count($w->json('invoices')));
    },
    'createinvoice_dies_before_it_stores' => static function (World $w) use ($draft, $killed): void {
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('nasty', '--set', 'createinvoice_dies_before=1');
        $w->same($killed, $w->try('api', ...$draft)[0]);
        $w->same([], $w->json('invoices'));
    },
    'publishing_dies_after_it_published' => static function (World $w) use ($draft, $killed): void {
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('api', ...$draft);
        $w->do('nasty', '--set', 'publish_dies=1');
        $w->same($killed, $w->try('api', 'UpdateInvoice', 'invoiceid=1', 'publish=1')[0]);
        $w->same('Unpaid', $w->json('invoices')[0]['status']);
    },
    'createinvoice_sleeps_with_the_invoice_already_visible' => static function (World $w) use ($draft): void {
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('nasty', '--set', 'createinvoice_sleeps=1500');
        $process = $w->start('api', ...$draft);
        for ($try = 0; $try < 14 && $w->json('invoices') === []; $try++) {
            usleep(50_000);
        }
        $w->holds(proc_get_status($process)['running'], 'the caller still waits');
        $w->same(1, count($w->json('invoices')));
        proc_close($process);
    },
    'an_outer_transaction_can_take_everything_back' => static function (World $w): void {
        $w->order('--autosetup', '');
        $w->calls();
        $w->php('require ROOTDIR . "/modules/servers/dummy/dummy.php"; dummy_record("first", []);');
        $w->do('nasty', '--set', 'outer_transaction=rollback');
        $w->same('success', $w->do('module', '--service', '1', '--action', 'create'));
        $w->same(['first'], $w->calls());
        $w->same('Pending', $w->status());
        $w->do('nasty', '--set', 'outer_transaction=on');
        $w->do('module', '--service', '1', '--action', 'create');
        $w->same('Active', $w->status());
    },
    'ddl_in_a_hook_commits_on_mariadb_and_not_on_sqlite' => static function (World $w): void {
        $w->order('--autosetup', '');
        $w->php('require ROOTDIR . "/modules/servers/dummy/dummy.php"; dummy_record("first", []);');
        $w->do('nasty', '--set', 'outer_transaction=rollback', '--set', 'ddl_hook=on');
        $w->same('success', $w->do('module', '--service', '1', '--action', 'create'));
        $w->same($w->isMariadb() ? ['first', 'CreateAccount'] : ['first'], $w->calls());
    },
    'publishing_starts_jobs_of_modules' => static function (World $w) use ($draft): void {
        $w->order('--autosetup', '', '--price', '0');
        file_put_contents("$w->root/modules/servers/dummy/cron_bandwidth.php", '<?php require __DIR__ . '
            . '"/../../../init.php"; require __DIR__ . "/dummy.php"; dummy_record("entry", []);');
        $w->do('api', ...$draft);
        $w->do('nasty', '--set', 'publish_hooks_start_jobs=1');
        $w->do('api', 'UpdateInvoice', 'invoiceid=1', 'publish=1');
        $w->same(['UsageUpdate', 'entry'], $w->calls());
    },
    'immutable_invoices_refuse_changes_outside_draft' => static function (World $w) use ($draft): void {
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('nasty', '--set', 'immutable_invoices=on');
        $w->do('api', ...$draft);
        $change = ['UpdateInvoice', 'invoiceid=1', 'newitemdescription[0]=y', 'newitemamount[0]=1'];
        $w->same('success', $w->api(...$change)['result']);
        $w->api('UpdateInvoice', 'invoiceid=1', 'publish=1');
        $w->same('You cannot modify an Invoice that is Unpaid', $w->api(...$change)['message']);
        $w->same('6.00', $w->json('invoices')[0]['total']);
    },
    'on_mariadb_the_session_is_strict_only_when_asked' => static function (World $w): void {
        $w->order();
        $bad = ['sql', "UPDATE tblinvoiceitems SET type = '" . str_repeat('x', 40) . "'"];
        $w->same(0, $w->try(...$bad)[0]);
        $w->do('nasty', '--set', 'strict_mode=on');
        $w->same(3, $w->try(...$bad)[0]);
    },
    'hooks_that_throw_reach_the_caller' => static function (World $w) use ($draft): void {
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('api', ...$draft);
        $w->do('nasty', '--set', 'hooks_throw=on');
        $w->same(3, $w->try('api', 'UpdateInvoice', 'invoiceid=1', 'publish=1')[0]);
        $w->same('Unpaid', $w->json('invoices')[0]['status']);
    },
    'a_hazard_that_does_not_exist_is_refused' => static function (World $w): void {
        $w->same(1, $w->try('nasty', '--set', 'nonsense=on')[0]);
    },
    'all_hazards_go_off_at_once' => static function (World $w) use ($draft): void {
        $w->do('client:add', '--email', 'a@b.test');
        $w->do('nasty', '--set', 'createinvoice_dies=on');
        $w->do('nasty', '--off');
        $w->do('api', ...$draft);
    },
];
