<?php

/** The global functions of WHMCS that our side calls. */

declare(strict_types=1);

use Provisor\Tests\Whmcs;
use WHMCS\Database\Capsule;

function encrypt(string $text): string
{
    return base64_encode(random_bytes(4) . strrev($text));
}

function decrypt(string $text): string
{
    return strrev(substr((string) base64_decode($text), 4));
}

function logActivity(string $text, int $client = 0): void
{
    Whmcs::$activity[] = $text;
}

function logModuleCall(mixed ...$arguments): void
{
    Whmcs::$moduleLog[] = $arguments;
}

/**
 * @param array<string, mixed> $fields
 * @return array<string, mixed>
 */
function localAPI(string $command, array $fields): array
{
    Whmcs::$calls[] = [$command, $fields];
    $answer = Whmcs::$api === null ? null : (Whmcs::$api)($command, $fields);
    if ($answer !== null) {
        return $answer;
    }
    switch ($command) {
        case 'CreateInvoice':
            $id = Whmcs::add('tblinvoices', ['userid' => $fields['userid'], 'date' => $fields['date'],
                'duedate' => $fields['duedate'], 'notes' => htmlspecialchars($fields['notes']),
                'status' => $fields['draft'] ? 'Draft' : 'Unpaid']);
            for ($n = 1; isset($fields["itemamount$n"]); ++$n) {
                Whmcs::add('tblinvoiceitems', ['invoiceid' => $id, 'amount' => $fields["itemamount$n"],
                    'taxed' => $fields["itemtaxed$n"], 'description' => htmlspecialchars($fields["itemdescription$n"])]);
            }
            return ['result' => 'success', 'invoiceid' => $id, 'status' => 'Draft'];
        case 'GetInvoice':
            $row = (array) Capsule::table('tblinvoices')->find($fields['invoiceid']);
            $items = Capsule::table('tblinvoiceitems')->where('invoiceid', $fields['invoiceid'])->get();
            return ['result' => 'success', 'invoiceid' => $row['id'], 'items' => ['item' => $items->map(
                static fn (object $item) => (array) $item
            )->all()]] + $row;
        case 'UpdateInvoice':
            $row = Capsule::table('tblinvoices')->where('id', $fields['invoiceid']);
            if (isset($fields['publishandsendemail'])) {
                if ($row->value('status') !== 'Draft') {
                    return ['result' => 'error', 'message' => 'Only a draft can be published'];
                }
                $row->update(['status' => 'Unpaid', 'duedate' => $fields['duedate']]);
            }
            if (isset($fields['notes'])) {
                $row->update(['notes' => $fields['notes']]);
            }
            return ['result' => 'success', 'invoiceid' => $fields['invoiceid']];
        case 'AddCredit':
            Whmcs::add('tblcredit', array_intersect_key($fields, ['clientid' => 1, 'description' => 1, 'amount' => 1]));
            return ['result' => 'success'];
        default:
            return ['result' => 'success'];
    }
}
