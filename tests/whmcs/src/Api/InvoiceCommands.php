<?php

/** CreateInvoice, UpdateInvoice, GetInvoice, GetInvoices. Follows whmcs-contract.md 4.2. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Billing\Credit;
use StandIn\Billing\Invoices;
use StandIn\Clock;
use StandIn\Money;
use StandIn\Nasty\Switches;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class InvoiceCommands
{
    /** Lines get type '' and relid 0 (whmcs-contract.md 4.2). @return array<string, mixed> */
    public static function CreateInvoice(Input $in): array
    {
        $client = Capsule::table('tblclients')->find($in->int('userid')) ?? throw new Refusal('Client ID Not Found');
        if ($in->flag('draft') && $in->flag('sendinvoice')) {
            throw new Refusal('Cannot create a draft invoice and send invoice created email');
        }
        $status = $in->flag('draft') ? 'Draft' : $in->text('status', 'Unpaid');
        if (!in_array($status, Invoices::STATUSES, true)) {
            throw new Refusal('Invalid status');
        }
        $lines = [];
        foreach ($in->numbered('itemdescription') as $n) {
            $lines[] = ['description' => $in->text("itemdescription$n"), 'amount' => $in->amount("itemamount$n"),
                'taxed' => $in->flag("itemtaxed$n") ? 1 : 0];
        }
        Switches::here()->sleepIf('createinvoice_sleeps_before');
        Switches::here()->dieIf('createinvoice_dies_before');
        $id = Invoices::create(
            [
                'userid' => (int) $client->id, 'status' => $status, 'date' => $in->date('date'),
                'duedate' => $in->date('duedate'), 'notes' => $in->text('notes'),
                'paymentmethod' => $in->text('paymentmethod', (string) ($client->defaultgateway ?: 'banktransfer')),
                'taxrate' => $in->has('taxrate') ? $in->text('taxrate') : null,
                'taxrate2' => $in->has('taxrate2') ? $in->text('taxrate2') : null,
            ],
            $lines,
            'api',
            $in->flag('sendinvoice')
        );
        if ($in->flag('autoapplycredit') && Invoices::find($id)->status === 'Unpaid') {
            Credit::apply($id, null, true);
        }
        Switches::here()->sleepIf('createinvoice_sleeps');
        Switches::here()->dieIf('createinvoice_dies');
        return ['invoiceid' => $id, 'status' => Invoices::find($id)->status];
    }

    /** @return array<string, mixed> */
    public static function UpdateInvoice(Input $in): array
    {
        $id = $in->int('invoiceid');
        $invoice = Invoices::find($id);
        $publish = $in->flag('publish') || $in->flag('publishandsendemail');
        if ($publish && $invoice->status !== 'Draft') {
            throw new Refusal('Invoice must be in Draft status to be published');
        }
        self::changeLines($in, $invoice);
        self::changeHead($in, $invoice);
        Invoices::recalculate($id);
        if ($publish) {
            Invoices::publish($id, $in->flag('publishandsendemail'));
        } elseif ($in->has('status')) {
            Invoices::setStatus($id, $in->text('status'));
        }
        return ['invoiceid' => $id];
    }

    /** All three of description, amount and taxed for a changed line. */
    private static function changeLines(Input $in, object $invoice): void
    {
        [$texts, $amounts, $taxed] = [$in->list('itemdescription'), $in->list('itemamount'), $in->list('itemtaxed')];
        $new = $in->list('newitemdescription');
        $removed = $in->list('deletelineids');
        if ($texts === [] && $amounts === [] && $taxed === [] && $new === [] && $removed === []) {
            return;
        }
        Invoices::refuseIfImmutable($invoice);
        foreach (array_keys($texts + $amounts + $taxed) as $lineId) {
            if (!isset($texts[$lineId], $amounts[$lineId], $taxed[$lineId])) {
                throw new Refusal("Missing description, amount or taxed of line $lineId");
            }
            $change = ['description' => (string) $texts[$lineId], 'amount' => (string) $amounts[$lineId],
                'taxed' => (int) (bool) $taxed[$lineId]];
            Capsule::table('tblinvoiceitems')->where('invoiceid', $invoice->id)->where('id', $lineId)->update($change);
        }
        [$newAmounts, $newTaxed] = [$in->list('newitemamount'), $in->list('newitemtaxed')];
        foreach ($new as $n => $text) {
            if (!isset($newAmounts[$n])) {
                throw new Refusal("Missing amount of new line $n");
            }
            Invoices::addLine((int) $invoice->id, ['description' => (string) $text,
                'amount' => (string) $newAmounts[$n], 'taxed' => (int) (bool) ($newTaxed[$n] ?? 0)]);
        }
        if ($removed !== []) {
            Capsule::table('tblinvoiceitems')->where('invoiceid', $invoice->id)->whereIn('id', $removed)->delete();
        }
    }

    private static function changeHead(Input $in, object $invoice): void
    {
        $changes = ['updated_at' => Clock::stamp()];
        foreach (['paymentmethod', 'notes', 'taxrate', 'taxrate2', 'credit', 'datepaid'] as $name) {
            if ($in->has($name)) {
                $changes[$name] = $in->text($name);
            }
        }
        foreach (['date', 'duedate'] as $name) {
            if ($in->has($name)) {
                $changes[$name] = $in->date($name);
            }
        }
        if (isset($changes['taxrate']) || isset($changes['taxrate2']) || isset($changes['credit'])) {
            Invoices::refuseIfImmutable($invoice);
        }
        Capsule::table('tblinvoices')->where('id', $invoice->id)->update($changes);
    }

    /** An empty list of transactions is '' (whmcs-contract.md 4.1). @return array<string, mixed> */
    public static function GetInvoice(Input $in): array
    {
        $invoice = Invoices::find($in->int('invoiceid'));
        $lines = Capsule::table('tblinvoiceitems')->where('invoiceid', $invoice->id)->orderBy('id')->get();
        $paid = Capsule::table('tblaccounts')->where('invoiceid', $invoice->id)->orderBy('id')->get();
        return [
            'invoiceid' => (string) $invoice->id, 'invoicenum' => (string) $invoice->invoicenum,
            'userid' => (string) $invoice->userid, 'date' => (string) $invoice->date,
            'duedate' => (string) $invoice->duedate, 'datepaid' => (string) $invoice->datepaid,
            'lastcaptureattempt' => (string) $invoice->last_capture_attempt,
            'subtotal' => Money::plain($invoice->subtotal), 'credit' => Money::plain($invoice->credit),
            'tax' => Money::plain($invoice->tax), 'tax2' => Money::plain($invoice->tax2),
            'total' => Money::plain($invoice->total), 'balance' => Money::plain(Invoices::balance((int) $invoice->id)),
            'taxrate' => number_format((float) $invoice->taxrate, 3, '.', ''),
            'taxrate2' => number_format((float) $invoice->taxrate2, 3, '.', ''),
            'status' => (string) $invoice->status, 'paymentmethod' => (string) $invoice->paymentmethod,
            'notes' => (string) $invoice->notes, 'ccgateway' => false,
            'items' => ['item' => $lines->map(static fn (object $line): array => [
                'id' => (string) $line->id, 'type' => (string) $line->type, 'relid' => (string) $line->relid,
                'description' => (string) $line->description, 'amount' => Money::plain($line->amount),
                'taxed' => (string) $line->taxed,
            ])->all()],
            'transactions' => $paid->isEmpty()
                ? ''
                : ['transaction' => $paid->map(static fn (object $row): array => (array) $row)->all()],
        ];
    }

    /** @return array<string, mixed> */
    public static function GetInvoices(Input $in): array
    {
        $query = Capsule::table('tblinvoices as i')->join('tblclients as c', 'c.id', '=', 'i.userid');
        if ($in->has('userid')) {
            $query->where('i.userid', $in->int('userid'));
        }
        if ($in->text('status') === 'Overdue') {
            $query->where('i.status', 'Unpaid')->where('i.duedate', '<', Clock::today());
        } elseif ($in->text('status') !== '') {
            $query->where('i.status', $in->text('status'));
        }
        $total = $query->count();
        $order = ['id' => 'i.id', 'invoicenumber' => 'i.invoicenum', 'date' => 'i.date', 'duedate' => 'i.duedate',
            'total' => 'i.total', 'status' => 'i.status'][$in->text('orderby', 'id')] ?? 'i.id';
        $rows = $query->orderBy($order, $in->text('order') === 'desc' ? 'desc' : 'asc')->orderBy('i.id')
            ->offset($in->int('limitstart'))->limit($in->int('limitnum', 25))
            ->get(['i.*', 'c.firstname', 'c.lastname', 'c.companyname', 'c.currency']);
        $list = $rows->map(static function (object $row): array {
            $currency = Money::currency((int) $row->currency);
            $invoice = ['currencycode' => $currency->code, 'currencyprefix' => $currency->prefix,
                'currencysuffix' => $currency->suffix] + (array) $row;
            unset($invoice['currency']);
            foreach (['subtotal', 'credit', 'tax', 'tax2', 'total'] as $money) {
                $invoice[$money] = Money::plain($invoice[$money]);
            }
            return $invoice;
        })->all();
        return ['totalresults' => $total, 'startnumber' => $in->int('limitstart'), 'numreturned' => count($list),
            'invoices' => ['invoice' => $list]];
    }
}
