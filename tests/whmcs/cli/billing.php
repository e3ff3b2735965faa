<?php

/** invoices, invoice:edit, pay, refund: what happens to invoices. */

declare(strict_types=1);

use StandIn\Billing\Invoices;
use StandIn\Billing\Payments;
use StandIn\Cli\Args;
use StandIn\Cli\Command;
use StandIn\Money;
use WHMCS\Database\Capsule;

return [
    new Command('invoices', 'list invoices with their lines', [
        'client ID' => 'only of this client', 'status STATUS' => 'only in this status', 'id ID' => 'only this one',
    ], static function (Args $args): ?int {
        $query = Capsule::table('tblinvoices')->orderBy('id');
        foreach (['client' => 'userid', 'status' => 'status', 'id' => 'id'] as $option => $column) {
            if ($args->has($option)) {
                $query->where($column, $args->get($option));
            }
        }
        $list = [];
        foreach ($query->get() as $invoice) {
            $row = (array) $invoice;
            foreach (['subtotal', 'credit', 'tax', 'tax2', 'total'] as $name) {
                $row[$name] = Money::plain($row[$name]);
            }
            $row['balance'] = Money::plain(Invoices::balance((int) $invoice->id));
            $row['items'] = Capsule::table('tblinvoiceitems')->where('invoiceid', $invoice->id)->orderBy('id')->get()
                ->map(static fn (object $line): array => ['amount' => Money::plain($line->amount)] + (array) $line)
                ->all();
            $list[] = $row;
        }
        if ($args->has('json')) {
            $args->json($list);
            return null;
        }
        foreach ($list as $row) {
            echo "invoice $row[id]  client $row[userid]  $row[date]  due $row[duedate]  $row[status]  "
                . "total $row[total]  balance $row[balance]\n";
            foreach ($row['items'] as $line) {
                echo "    $line[amount]  " . str_replace("\n", "\n            ", $line['description']) . "\n";
            }
            if ((string) $row['notes'] !== '') {
                echo "    notes: $row[notes]\n";
            }
        }
        return null;
    }),

    new Command('invoice:edit', 'change an invoice as staff do in the admin area', [
        'id ID' => '', 'status STATUS' => '', 'duedate DATE' => '', 'notes TEXT' => '',
        'line ID:AMOUNT:TEXT...' => 'change a line', 'add-line AMOUNT:TEXT...' => 'add a line',
        'delete-line ID...' => 'delete a line', 'publish' => 'publish a draft', 'delete' => 'delete the invoice',
    ], static function (Args $args): ?int {
        $id = (int) $args->need('id');
        $invoice = Invoices::find($id);
        if ($args->has('delete')) {
            Capsule::table('tblinvoiceitems')->where('invoiceid', $id)->delete();
            Capsule::table('tblinvoices')->where('id', $id)->delete();
            return 0;
        }
        $changesLines = $args->has('line') || $args->has('add-line') || $args->has('delete-line');
        $changesLines ? Invoices::refuseIfImmutable($invoice) : null;
        foreach ($args->all('line') as $text) {
            [$line, $amount, $description] = explode(':', $text, 3);
            Capsule::table('tblinvoiceitems')->where('invoiceid', $id)->where('id', $line)
                ->update(['amount' => $amount, 'description' => htmlspecialchars($description, ENT_QUOTES)]);
        }
        foreach ($args->all('add-line') as $text) {
            [$amount, $description] = explode(':', $text, 2);
            Invoices::addLine($id, ['description' => htmlspecialchars($description, ENT_QUOTES),
                'amount' => $amount, 'taxed' => 0]);
        }
        Capsule::table('tblinvoiceitems')->where('invoiceid', $id)->whereIn('id', $args->all('delete-line'))->delete();
        foreach (['duedate', 'notes'] as $name) {
            if ($args->has($name)) {
                Capsule::table('tblinvoices')->where('id', $id)->update([$name => $args->form($name)]);
            }
        }
        Invoices::recalculate($id);
        if ($args->has('publish')) {
            Invoices::publish($id, false);
        } elseif ($args->has('status')) {
            Invoices::setStatus($id, $args->get('status'));
        }
        return 0;
    }),

    new Command('pay', 'add a payment to an invoice; what follows (set-up, renewal) follows', [
        'invoice ID' => '', 'amount AMOUNT' => 'the whole balance when left out', 'transid TEXT' => '',
    ], static function (Args $args): ?int {
        $details = $args->has('amount') ? ['amount' => $args->get('amount')] : [];
        Payments::add((int) $args->need('invoice'), $details + ['transid' => $args->get('transid')], true);
        $args->answer(['status' => Invoices::find($args->int('invoice'))->status]);
        return null;
    }),

    new Command('refund', 'refund a paid invoice', [
        'invoice ID' => '',
    ], static function (Args $args): ?int {
        Payments::refund((int) $args->need('invoice'));
        return null;
    }),
];
