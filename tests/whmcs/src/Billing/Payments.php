<?php

/**
 * Payments and what follows from them. Follows whmcs-contract.md 1.20 (2 and 4: order of events, set-up on payment,
 * renewal), 3.5 (AddInvoicePayment, InvoicePaidPreEmail, InvoicePaid), 4.2 (AddInvoicePayment).
 */

declare(strict_types=1);

namespace StandIn\Billing;

use StandIn\Clock;
use StandIn\Mail\Mailer;
use StandIn\Modules\HookList;
use StandIn\Modules\Runner;
use StandIn\Money;
use StandIn\Orders\Cycle;
use StandIn\Orders\Servers;
use StandIn\Refusal;
use WHMCS\Billing\Invoice;
use WHMCS\Database\Capsule;

final class Payments
{
    /** @param array<string, mixed> $details transid, gateway, date, amount, fees */
    public static function add(int $invoiceId, array $details, bool $email): void
    {
        $invoice = Invoices::find($invoiceId);
        if ($invoice->status === 'Cancelled') {
            throw new Refusal('It is not possible to add a payment to an invoice that is Cancelled');
        }
        $amount = $details['amount'] ?? '';
        self::transaction([
            'userid' => (int) $invoice->userid,
            'invoiceid' => $invoiceId,
            'gateway' => (string) ($details['gateway'] ?? $invoice->paymentmethod),
            'date' => (string) ($details['date'] ?? Clock::stamp()),
            'transid' => (string) ($details['transid'] ?? ''),
            'description' => 'Invoice Payment',
            'amountin' => $amount === '' ? Money::plain(Invoices::balance($invoiceId)) : Money::plain($amount),
            'fees' => Money::plain($details['fees'] ?? 0),
        ]);
        HookList::run('AddInvoicePayment', ['invoiceid' => $invoiceId]);
        if (Invoices::balance($invoiceId) <= 0 && in_array($invoice->status, ['Unpaid', 'Payment Pending'], true)) {
            self::markPaid($invoiceId, $email);
        }
    }

    /**
     * @param array<string, mixed> $row
     * @return int transaction id
     */
    public static function transaction(array $row): int
    {
        $row += ['date' => Clock::stamp(), 'currency' => 0, 'rate' => 1, 'amountin' => '0.00', 'amountout' => '0.00',
            'fees' => '0.00', 'transid' => '', 'invoiceid' => 0, 'refundid' => 0];
        $id = (int) Capsule::table('tblaccounts')->insertGetId($row);
        // whmcs-contract.md 3.5: "invocieid" is the documented spelling of this hook's key.
        HookList::run('AddTransaction', ['id' => $id, 'invocieid' => $row['invoiceid']] + $row);
        return $id;
    }

    public static function markPaid(int $invoiceId, bool $email): void
    {
        $changed = Capsule::table('tblinvoices')->where('id', $invoiceId)->whereNotIn('status', ['Paid'])
            ->update(['status' => 'Paid', 'datepaid' => Clock::stamp(), 'updated_at' => Clock::stamp()]);
        if ($changed !== 1) {
            return;
        }
        HookList::run('InvoicePaidPreEmail', ['invoiceid' => $invoiceId]);
        if ($email) {
            Mailer::send('Invoice Payment Confirmation', $invoiceId);
        }
        foreach (Capsule::table('tblinvoiceitems')->where('invoiceid', $invoiceId)->orderBy('id')->get() as $line) {
            self::automate($line);
        }
        HookList::run('InvoicePaid', ['invoiceid' => $invoiceId, 'invoice' => Invoice::find($invoiceId)]);
        self::orderPaid($invoiceId);
    }

    /** What one paid line sets off. An exception ends that line only (whmcs-contract.md 1.8). */
    private static function automate(object $line): void
    {
        try {
            if ($line->type === 'Hosting') {
                self::hostingPaid((int) $line->relid, (int) $line->invoiceid);
            } elseif ($line->type === 'Upgrade') {
                \StandIn\Orders\Upgrades::paid((int) $line->relid);
            } elseif ($line->type === 'AddFunds') {
                Credit::change((int) $line->userid, (float) $line->amount, 'Add Funds', (int) $line->invoiceid);
            }
        } catch (\Throwable $error) {
            logActivity('Uncaught ' . $error::class . " while a paid line was handled: {$error->getMessage()}");
        }
    }

    private static function hostingPaid(int $serviceId, int $invoiceId): void
    {
        $service = Capsule::table('tblhosting')->find($serviceId);
        if ($service === null) {
            return;
        }
        $product = Capsule::table('tblproducts')->find($service->packageid);
        Capsule::table('tblhosting')->where('id', $serviceId)
            ->update(['nextduedate' => Cycle::after((string) $service->nextduedate, (string) $service->billingcycle)]);
        $order = Capsule::table('tblorders')->find($service->orderid);
        $first = $order !== null && (int) $order->invoiceid === $invoiceId;
        if ($first && $service->domainstatus === 'Pending' && $product->autosetup === 'payment') {
            Servers::assign($serviceId);
            Runner::run($serviceId, 'create', true);
        } elseif ($service->domainstatus === 'Suspended') {
            Runner::run($serviceId, 'unsuspend', true);
        }
        if (!$first && $product->servertype !== '') {
            Runner::run($serviceId, 'renew', true);
        }
    }

    private static function orderPaid(int $invoiceId): void
    {
        $order = Capsule::table('tblorders')->where('invoiceid', $invoiceId)->first();
        if ($order !== null) {
            HookList::run('OrderPaid', ['orderId' => (int) $order->id, 'userId' => (int) $order->userid,
                'invoiceId' => $invoiceId]);
        }
    }

    public static function refund(int $invoiceId): void
    {
        $invoice = Invoices::find($invoiceId);
        if ($invoice->status !== 'Paid') {
            throw new Refusal("invoice $invoiceId is $invoice->status; only a paid one can be refunded");
        }
        $payments = Capsule::table('tblaccounts')->where('invoiceid', $invoiceId)->where('amountin', '>', 0)->get();
        foreach ($payments as $paid) {
            self::transaction(['userid' => (int) $invoice->userid, 'invoiceid' => $invoiceId,
                'gateway' => $paid->gateway, 'description' => "Refund of Transaction ID $paid->transid",
                'amountout' => Money::plain($paid->amountin), 'refundid' => (int) $paid->id]);
        }
        Invoices::setStatus($invoiceId, 'Refunded');
    }
}
