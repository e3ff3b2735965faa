<?php

/** Promises about invoices, payments, credit, tax and the database (whmcs-contract.md 3.5, 4.1, 4.2, 5.1, 5.2). */

declare(strict_types=1);

use StandInTests\World;

$client = static fn (World $w): string => $w->do('client:add', '--email', 'a@b.test', '--credit', '50');
$line = ['itemdescription1=traffic', 'itemamount1=5.50', 'itemtaxed1=1'];

return [
    'a_draft_is_stored_and_not_delivered' => static function (World $w) use ($client, $line): void {
        $w->order();
        $w->same('Draft', $w->api('CreateInvoice', 'userid=1', 'draft=1', ...$line)['status']);
        $item = $w->json('invoices', '--id', '2')[0]['items'][0];
        $w->same(['', '0', '5.50'], [$item['type'], (string) $item['relid'], $item['amount']]);
        $w->same([2, 1, 1], [$w->hooked('InvoiceCreation'), $w->hooked('InvoiceCreationPreEmail'),
            $w->hooked('InvoiceCreated')]);
    },
    'publishing_delivers_once_and_only_from_draft' => static function (World $w) use ($line): void {
        $w->order();
        $w->api('CreateInvoice', 'userid=1', 'draft=1', ...$line);
        $w->same('success', $w->api('UpdateInvoice', 'invoiceid=2', 'publishandsendemail=1')['result']);
        $w->same('error', $w->api('UpdateInvoice', 'invoiceid=2', 'publish=1')['result']);
        $w->same('Unpaid', $w->json('invoices', '--id', '2')[0]['status']);
        $w->same([2, 2], [$w->hooked('InvoiceCreationPreEmail'), $w->hooked('InvoiceCreated')]);
        $w->same(2, count($w->sql("SELECT id FROM tblemails WHERE subject = 'Customer invoice'")));
    },
    'a_draft_cannot_be_sent_by_createinvoice' => static function (World $w) use ($client, $line): void {
        $client($w);
        $w->same('error', $w->api('CreateInvoice', 'userid=1', 'draft=1', 'sendinvoice=1', ...$line)['result']);
        $w->same([], $w->json('invoices'));
    },
    'an_unknown_client_is_refused' => static function (World $w) use ($line): void {
        $w->same('Client ID Not Found', $w->api('CreateInvoice', 'userid=9', ...$line)['message']);
    },
    'a_changed_line_needs_all_three_parts' => static function (World $w) use ($client, $line): void {
        $client($w);
        $w->api('CreateInvoice', 'userid=1', 'draft=1', ...$line);
        $w->same('error', $w->api('UpdateInvoice', 'invoiceid=1', 'itemamount[1]=9')['result']);
        $all = ['itemdescription[1]=new', 'itemamount[1]=9', 'itemtaxed[1]=0'];
        $w->same('success', $w->api('UpdateInvoice', 'invoiceid=1', ...$all)['result']);
        $w->same('9.00', $w->json('invoices')[0]['total']);
    },
    'an_invoice_of_nothing_is_paid_at_once' => static function (World $w) use ($client): void {
        $client($w);
        $free = ['itemdescription1=x', 'itemamount1=0'];
        $w->same('Paid', $w->api('CreateInvoice', 'userid=1', ...$free)['status']);
    },
    'enough_credit_pays_before_createinvoice_answers' => static function (World $w) use ($client, $line): void {
        $w->order();
        $w->api('AddCredit', 'clientid=1', 'amount=50', 'description=x');
        $w->same('Paid', $w->api('CreateInvoice', 'userid=1', 'autoapplycredit=1', ...$line)['status']);
        $w->same(1, $w->hooked('InvoicePaid'));
        $w->same('44.50', $w->api('GetClientsDetails', 'clientid=1')['client']['credit']);
    },
    'credit_is_added_listed_and_applied' => static function (World $w) use ($client, $line): void {
        $client($w);
        $w->same('No Amount Provided', $w->api('AddCredit', 'clientid=1', 'amount=0', 'description=x')['message']);
        $w->same('60.00', $w->api('AddCredit', 'clientid=1', 'amount=10', 'description=gift')['newbalance']);
        $w->api('CreateInvoice', 'userid=1', ...$line);
        $w->same(['5.50', 'true'], array_values(array_intersect_key(
            $w->api('ApplyCredit', 'invoiceid=1', 'amount=full'),
            ['amount' => 1, 'invoicepaid' => 1]
        )));
        $w->same(3, count($w->api('GetCredits', 'clientid=1')['credits']['credit']));
    },
    'tax_follows_the_clients_country_and_spares_the_exempt' => static function (World $w) use ($line): void {
        $w->do('tax:add', '--rate', '20', '--country', 'GB');
        $w->do('client:add', '--email', 'a@b.test', '--country', 'GB');
        $w->do('client:add', '--email', 'c@b.test', '--country', 'GB', '--tax-exempt');
        $w->api('CreateInvoice', 'userid=1', 'itemdescription2=untaxed', 'itemamount2=1', ...$line);
        $w->api('CreateInvoice', 'userid=2', ...$line);
        $w->same(['7.60', '5.50'], array_column($w->json('invoices'), 'total'));
        $w->same('1.10', $w->json('invoices')[0]['tax']);
    },
    'invoices_in_a_second_currency_show_it' => static function (World $w) use ($line): void {
        $w->do('currency:add', '--code', 'EUR', '--rate', '0.79');
        $w->do('client:add', '--email', 'a@b.test', '--currency', 'EUR');
        $w->api('CreateInvoice', 'userid=1', ...$line);
        $w->same('EUR', $w->api('GetInvoices', 'userid=1')['invoices']['invoice'][0]['currencycode']);
        $w->same('0.79000', $w->api('GetCurrencies')['currencies']['currency'][1]['rate']);
    },
    'an_empty_list_of_transactions_is_an_empty_text' => static function (World $w) use ($client, $line): void {
        $client($w);
        $w->api('CreateInvoice', 'userid=1', ...$line);
        $w->same('', $w->api('GetInvoice', 'invoiceid=1')['transactions']);
        $w->do('pay', '--invoice', '1', '--amount', '2');
        $paid = $w->api('GetInvoice', 'invoiceid=1');
        $w->same(['Unpaid', '3.50'], [$paid['status'], $paid['balance']]);
        $w->same(1, count($paid['transactions']['transaction']));
    },
    'a_refund_gives_the_money_back_and_names_the_state' => static function (World $w) use ($client, $line): void {
        $client($w);
        $w->api('CreateInvoice', 'userid=1', ...$line);
        $w->do('pay', '--invoice', '1');
        $w->do('refund', '--invoice', '1');
        $w->same(['Refunded', '5.50'], [$w->json('invoices')[0]['status'], $w->json('invoices')[0]['balance']]);
    },
    'invoices_can_be_listed_by_client_and_state_in_pages' => static function (World $w) use ($client, $line): void {
        $client($w);
        foreach ([1, 2, 3] as $n) {
            $w->api('CreateInvoice', 'userid=1', 'draft=1', "notes=n$n", ...$line);
        }
        $page = $w->api('GetInvoices', 'userid=1', 'status=Draft', 'limitstart=1', 'limitnum=1');
        $w->same([3, 1, 'n2'], [$page['totalresults'], $page['numreturned'], $page['invoices']['invoice'][0]['notes']]);
    },
    'staff_edit_a_draft' => static function (World $w) use ($client, $line): void {
        $client($w);
        $w->api('CreateInvoice', 'userid=1', 'draft=1', ...$line);
        $w->do('invoice:edit', '--id', '1', '--line', '1:7:other', '--add-line', '-1:rebate');
        $w->same('6.00', $w->json('invoices')[0]['total']);
    },
    'dates_are_read_in_both_spellings' => static function (World $w) use ($client, $line): void {
        $client($w);
        $w->api('CreateInvoice', 'userid=1', 'date=20260301', 'duedate=2026-03-15', ...$line);
        $invoice = $w->json('invoices')[0];
        $w->same(['2026-03-01', '2026-03-15'], [$invoice['date'], $invoice['duedate']]);
    },
    'prices_per_unit_keep_four_decimals' => static function (World $w): void {
        $w->do('product:add', '--module', 'none', '--bw-price', '0.00201');
        $price = $w->sql('SELECT overagesbwprice FROM tblproducts')[0]['overagesbwprice'];
        $w->same('0.0020', number_format((float) $price, 4));
    },
    'unknown_columns_are_refused' => static function (World $w): void {
        $w->order();
        $code = 'try { WHMCS\Database\Capsule::table("tblhosting")->update(["bwused" => 1]); echo "stored"; }'
            . ' catch (Throwable $e) { echo "refused"; }';
        $w->same('refused', $w->php($code));
    },
    'zero_dates_are_kept' => static function (World $w): void {
        $w->order('--price', '0');
        $w->do('sql', "UPDATE tblhosting SET regdate = '0000-00-00'");
        $row = $w->sql('SELECT regdate, lastupdate FROM tblhosting')[0];
        $w->same(['0000-00-00', '0000-00-00 00:00:00'], [$row['regdate'], $row['lastupdate']]);
    },
    'numbers_of_the_database_reach_php_as_text' => static function (World $w): void {
        $w->order();
        $w->same('string', $w->php('echo gettype(WHMCS\Database\Capsule::table("tblhosting")->value("packageid"));'));
    },
    'refused_api_calls_name_the_reason' => static function (World $w): void {
        $w->same('Command Not Found', $w->api('NoSuchThing')['message']);
        $w->same('Invoice ID Not Found', $w->api('getinvoice', 'invoiceid=7')['message']);
    },
    'services_are_read_and_changed_by_the_api' => static function (World $w): void {
        $w->order();
        $w->api('UpdateClientProduct', 'serviceid=1', 'dedicatedip=1.2.3.4', 'bwusage=77', 'servicepassword=pw');
        $service = $w->api('GetClientsProducts', 'serviceid=1')['products']['product'][0];
        $w->same(['1.2.3.4', '77', 'pw'], [$service['dedicatedip'], $service['bwusage'], $service['password']]);
        $w->same([], $w->calls(), 'no module is called');
    },
];
