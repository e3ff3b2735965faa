<?php

/**
 * Invoices: create, change, publish, totals. Follows whmcs-contract.md 4.2 (CreateInvoice, UpdateInvoice), 3.5 (hooks)
 * and 5.2 (tblinvoices). Guessed there and here: that publishing runs InvoiceCreationPreEmail and InvoiceCreated also
 * without an e-mail, and the refusals of 9.0 (hazard immutable_invoices).
 */

declare(strict_types=1);

namespace StandIn\Billing;

use StandIn\Clock;
use StandIn\Mail\Mailer;
use StandIn\Modules\HookList;
use StandIn\Money;
use StandIn\Nasty\Switches;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class Invoices
{
    public const STATUSES = ['Draft', 'Unpaid', 'Paid', 'Cancelled', 'Refunded', 'Collections', 'Payment Pending'];

    /**
     * @param array{userid: int, status: string, date: string, duedate: string, paymentmethod: string, notes?: string,
     *     taxrate?: ?string, taxrate2?: ?string} $head
     * @param list<array{type?: string, relid?: int, description: string, amount: string, taxed: int}> $lines
     * @param string $source adminarea, api or autogen
     * @param ?callable(int): void $stored told the id before any hook can see or pay the invoice
     */
    public static function create(
        array $head,
        array $lines,
        string $source,
        bool $email,
        ?callable $stored = null
    ): int {
        [$rate1, $rate2] = Tax::ratesOf($head['userid']);
        $id = (int) Capsule::table('tblinvoices')->insertGetId([
            'userid' => $head['userid'], 'status' => $head['status'], 'date' => $head['date'],
            'duedate' => $head['duedate'], 'paymentmethod' => $head['paymentmethod'], 'notes' => $head['notes'] ?? '',
            'taxrate' => $head['taxrate'] ?? $rate1, 'taxrate2' => $head['taxrate2'] ?? $rate2,
            'created_at' => Clock::stamp(), 'updated_at' => Clock::stamp(),
        ]);
        if ($source === 'api') {
            Switches::here()->dieIf('createinvoice_dies_midway');
        }
        foreach ($lines as $line) {
            self::addLine($id, $line);
        }
        self::recalculate($id);
        if ($stored !== null) {
            $stored($id);
        }
        HookList::run('InvoiceCreation', self::hookVars($id, $source));
        self::recalculate($id);
        if ($head['status'] === 'Unpaid') {
            self::deliver($id, $source, $email);
        }
        return $id;
    }

    /** @param array{type?: string, relid?: int, description: string, amount: string, taxed: int} $line */
    public static function addLine(int $id, array $line): int
    {
        $invoice = Capsule::table('tblinvoices')->find($id);
        return (int) Capsule::table('tblinvoiceitems')->insertGetId($line + ['invoiceid' => $id,
            'userid' => $invoice->userid, 'type' => '', 'relid' => 0, 'duedate' => $invoice->duedate,
            'paymentmethod' => $invoice->paymentmethod]);
    }

    /** From Draft to Unpaid, once. */
    public static function publish(int $id, bool $email): void
    {
        $changed = Capsule::table('tblinvoices')->where('id', $id)->where('status', 'Draft')
            ->update(['status' => 'Unpaid', 'updated_at' => Clock::stamp()]);
        if ($changed !== 1) {
            throw new Refusal('Invoice must be in Draft status to be published');
        }
        self::deliver($id, 'api', $email);
        Switches::here()->dieIf('publish_dies');
    }

    private static function deliver(int $id, string $source, bool $email): void
    {
        HookList::run('InvoiceCreationPreEmail', self::hookVars($id, $source));
        if ($email) {
            Mailer::send('Invoice Created', $id);
        }
        HookList::run('InvoiceCreated', self::hookVars($id, $source));
        $invoice = Capsule::table('tblinvoices')->find($id);
        if ($invoice->status === 'Unpaid' && round((float) $invoice->total, 2) === 0.0) {
            Payments::markPaid($id, false);
        }
    }

    /** @return array<string, mixed> whmcs-contract.md 3.5: source, user, invoiceid, status */
    private static function hookVars(int $id, string $source): array
    {
        $adminId = (int) ($_SESSION['adminid'] ?? 0);
        return ['source' => $source, 'user' => $adminId > 0 ? $adminId : 'system', 'invoiceid' => $id,
            'status' => (string) Capsule::table('tblinvoices')->where('id', $id)->value('status')];
    }

    public static function recalculate(int $id): void
    {
        $invoice = Capsule::table('tblinvoices')->find($id);
        $sum = ['0' => 0.0, '1' => 0.0];
        foreach (Capsule::table('tblinvoiceitems')->where('invoiceid', $id)->get(['amount', 'taxed']) as $line) {
            $sum[(int) $line->taxed === 1 ? '1' : '0'] += (float) $line->amount;
        }
        [$subtotal, $tax, $tax2] = Tax::split(
            round($sum['0'], 2),
            round($sum['1'], 2),
            (float) $invoice->taxrate,
            (float) $invoice->taxrate2
        );
        Capsule::table('tblinvoices')->where('id', $id)->update([
            'subtotal' => Money::plain($subtotal), 'tax' => Money::plain($tax), 'tax2' => Money::plain($tax2),
            'total' => Money::plain($subtotal + $tax + $tax2 - (float) $invoice->credit),
        ]);
        HookList::run('UpdateInvoiceTotal', ['invoiceid' => $id]);
    }

    public static function balance(int $id): float
    {
        $total = (float) Capsule::table('tblinvoices')->where('id', $id)->value('total');
        $paid = Capsule::table('tblaccounts')->where('invoiceid', $id);
        return round($total - (float) $paid->sum('amountin') + (float) $paid->sum('amountout'), 2);
    }

    /** whmcs-contract.md 4.2: WHMCS 9.0 refuses to change lines and amounts outside Draft. */
    public static function refuseIfImmutable(object $invoice): void
    {
        if ($invoice->status !== 'Draft' && Switches::here()->isOn('immutable_invoices')) {
            throw new Refusal("You cannot modify an Invoice that is $invoice->status");
        }
    }

    public static function find(int $id): object
    {
        return Capsule::table('tblinvoices')->find($id) ?? throw new Refusal('Invoice ID Not Found');
    }

    /** Follows whmcs-contract.md 3.5: a change of status fires its own hook. */
    public static function setStatus(int $id, string $status): void
    {
        if (!in_array($status, self::STATUSES, true)) {
            throw new Refusal('Invalid status');
        }
        if (self::find($id)->status === $status) {
            return;
        }
        if ($status === 'Paid') {
            Payments::markPaid($id, true);
            return;
        }
        $dates = ['Cancelled' => ['date_cancelled' => Clock::stamp()],
            'Refunded' => ['date_refunded' => Clock::stamp()]];
        Capsule::table('tblinvoices')->where('id', $id)
            ->update(['status' => $status, 'updated_at' => Clock::stamp()] + ($dates[$status] ?? []));
        if (in_array($status, ['Cancelled', 'Refunded', 'Unpaid'], true)) {
            HookList::run("Invoice$status", ['invoiceid' => $id]);
        }
    }
}
