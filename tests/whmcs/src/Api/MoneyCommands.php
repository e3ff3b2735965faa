<?php

/** Payments, credit, transactions and currencies. Follows whmcs-contract.md 4.2. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Billing\Credit;
use StandIn\Billing\Payments;
use StandIn\Money;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class MoneyCommands
{
    /** @return array<string, mixed> */
    public static function AddCredit(Input $in): array
    {
        $amount = (float) $in->text('amount', '0');
        if ($amount <= 0) {
            throw new Refusal('No Amount Provided');
        }
        $sign = $in->text('type', 'add') === 'remove' ? -1 : 1;
        return ['newbalance' => Credit::change($in->int('clientid'), $sign * $amount, $in->text('description'))];
    }

    /** @return array<string, mixed> */
    public static function GetCredits(Input $in): array
    {
        if (!Capsule::table('tblclients')->where('id', $in->int('clientid'))->exists()) {
            throw new Refusal('Client Not Found');
        }
        $rows = Capsule::table('tblcredit')->where('clientid', $in->int('clientid'))->orderBy('id')
            ->get(['id', 'date', 'description', 'amount', 'relid']);
        return ['totalresults' => $rows->count(), 'clientid' => $in->int('clientid'), 'credits' => ['credit' =>
            $rows->map(static fn (object $row): array => ['amount' => Money::plain($row->amount)] + (array) $row)
                ->all()]];
    }

    /** invoicepaid is the text true or false. @return array<string, mixed> */
    public static function ApplyCredit(Input $in): array
    {
        $amount = $in->text('amount', 'full') === 'full' ? null : (float) $in->amount('amount');
        [$applied, $paid] = Credit::apply($in->int('invoiceid'), $amount, !$in->flag('noemail'));
        return ['invoiceid' => $in->int('invoiceid'), 'amount' => $applied, 'invoicepaid' => $paid ? 'true' : 'false'];
    }

    /** @return array<string, mixed> */
    public static function AddInvoicePayment(Input $in): array
    {
        $details = [];
        foreach (['transid', 'gateway', 'date', 'amount', 'fees'] as $name) {
            if ($in->has($name)) {
                $details[$name] = $in->text($name);
            }
        }
        Payments::add($in->int('invoiceid'), $details, !$in->flag('noemail'));
        return [];
    }

    /** @return array<string, mixed> */
    public static function AddTransaction(Input $in): array
    {
        if ($in->text('paymentmethod') === '') {
            throw new Refusal('Payment Method is required');
        }
        $transactionId = $in->text('transid');
        if ($transactionId !== '' && !$in->flag('allowduplicatetransid')
            && Capsule::table('tblaccounts')->where('transid', $transactionId)->exists()) {
            throw new Refusal('Transaction ID must be Unique');
        }
        if ($in->flag('credit') && $in->has('invoiceid')) {
            throw new Refusal('Invoice ID and Credit cannot both be given');
        }
        $row = ['userid' => $in->int('userid'), 'currency' => $in->int('currencyid'),
            'gateway' => $in->text('paymentmethod'), 'description' => $in->text('description'),
            'amountin' => Money::plain($in->text('amountin', '0')), 'fees' => Money::plain($in->text('fees', '0')),
            'amountout' => Money::plain($in->text('amountout', '0')), 'rate' => $in->text('rate', '1'),
            'transid' => $transactionId, 'invoiceid' => $in->int('invoiceid')];
        if ($in->text('date') !== '') {
            $row['date'] = toMySQLDate($in->text('date')) . ' 00:00:00';
        }
        Payments::transaction($row);
        if ($in->flag('credit')) {
            Credit::change($in->int('userid'), (float) $row['amountin'], $row['description']);
        }
        return [];
    }

    /** @return array<string, mixed> */
    public static function GetTransactions(Input $in): array
    {
        $query = Capsule::table('tblaccounts');
        foreach (['invoiceid' => 'invoiceid', 'clientid' => 'userid', 'transid' => 'transid'] as $name => $column) {
            if ($in->has($name)) {
                $query->where($column, $in->text($name));
            }
        }
        $rows = $query->orderBy('id')->get()->map(static fn (object $row): array => (array) $row)->all();
        return ['totalresults' => count($rows), 'startnumber' => 0, 'numreturned' => count($rows),
            'transactions' => ['transaction' => $rows]];
    }

    /** The default currency has rate 1.00000. @return array<string, mixed> */
    public static function GetCurrencies(Input $in): array
    {
        $rows = Capsule::table('tblcurrencies')->orderBy('id')->get();
        return ['totalresults' => $rows->count(), 'currencies' => ['currency' => $rows->map(
            static fn (object $row): array => ['id' => (string) $row->id, 'code' => $row->code,
                'prefix' => $row->prefix, 'suffix' => $row->suffix, 'format' => (string) $row->format,
                'rate' => number_format((float) $row->rate, 5, '.', '')]
        )->all()]];
    }

    /** @return array<string, mixed> */
    public static function GetPaymentMethods(Input $in): array
    {
        $rows = Capsule::table('tblpaymentgateways')->where('setting', 'name')->orderBy('order')->get();
        return ['totalresults' => $rows->count(), 'paymentmethods' => ['paymentmethod' => $rows->map(
            static fn (object $row): array => ['module' => $row->gateway, 'displayname' => $row->value]
        )->all()]];
    }
}
