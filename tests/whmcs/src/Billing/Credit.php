<?php

/** Client credit. Follows whmcs-contract.md 4.2 (AddCredit, ApplyCredit, autoapplycredit) and 5.2 (tblcredit). */

declare(strict_types=1);

namespace StandIn\Billing;

use StandIn\Clock;
use StandIn\Money;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class Credit
{
    /** @return string the new balance */
    public static function change(int $clientId, float $amount, string $description, int $relatedId = 0): string
    {
        $old = Capsule::table('tblclients')->where('id', $clientId)->value('credit');
        if ($old === null) {
            throw new Refusal('Client ID Not Found');
        }
        $new = Money::plain((float) $old + $amount);
        if ((float) $new < 0) {
            throw new Refusal('Insufficient Credit Balance');
        }
        Capsule::table('tblclients')->where('id', $clientId)->update(['credit' => $new]);
        Capsule::table('tblcredit')->insert(['clientid' => $clientId, 'date' => Clock::today(),
            'description' => $description, 'amount' => Money::plain($amount), 'relid' => $relatedId]);
        return $new;
    }

    /** @return array{string, bool} what was applied, and whether the invoice is paid now */
    public static function apply(int $invoiceId, ?float $amount, bool $email): array
    {
        $invoice = Invoices::find($invoiceId);
        if ($invoice->status !== 'Unpaid') {
            throw new Refusal('Invoice Not in Correct Status to Apply Credit');
        }
        $credit = (float) Capsule::table('tblclients')->where('id', $invoice->userid)->value('credit');
        $balance = Invoices::balance($invoiceId);
        if ($amount !== null && $amount > $credit) {
            throw new Refusal('Amount exceeds customer credit balance');
        }
        if ($amount !== null && $amount > $balance) {
            throw new Refusal('Amount Exceeds Invoice Balance');
        }
        $amount ??= min($credit, $balance);
        if ($amount > 0) {
            self::change((int) $invoice->userid, -$amount, "Credit Applied to Invoice #$invoiceId", $invoiceId);
            Capsule::table('tblinvoices')->where('id', $invoiceId)
                ->update(['credit' => Money::plain((float) $invoice->credit + $amount)]);
            Invoices::recalculate($invoiceId);
        }
        $paid = Invoices::balance($invoiceId) <= 0;
        if ($paid) {
            Payments::markPaid($invoiceId, $email);
        }
        return [Money::plain($amount), $paid];
    }
}
