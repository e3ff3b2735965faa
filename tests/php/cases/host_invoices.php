<?php

/** Invoices and credit, through the local API. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\HostError;
use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** @param array<string, mixed> $with @return array<string, mixed> */
function draft(array $with = []): array
{
    return $with + ['client_id' => '4', 'date' => '2026-03-03', 'due_date' => '2026-03-17', 'payment_method' => '',
        'notes' => 'Transfer [pv-abc]', 'lines' => [
            ['description' => "VM & \"more\"\n548 MB", 'amount' => '10.96', 'taxed' => true],
            ['description' => 'credit', 'amount' => '-1.00', 'taxed' => false],
        ]];
}

return [
    'a draft is made with all lines in one call, encoded, neither published nor sent' => static function (): void {
        Check::same(['id' => '1'], (new WhmcsHost())->answer('invoice.draft', draft()));
        Check::same([['CreateInvoice', ['userid' => 4, 'draft' => true, 'date' => '2026-03-03',
            'duedate' => '2026-03-17', 'notes' => 'Transfer [pv-abc]',
            'itemdescription1' => "VM &amp; &quot;more&quot;\n548 MB", 'itemamount1' => '10.96', 'itemtaxed1' => 1,
            'itemdescription2' => 'credit', 'itemamount2' => '-1.00', 'itemtaxed2' => 0,
        ]]], Whmcs::$calls);
        (new WhmcsHost())->answer('invoice.draft', draft(['payment_method' => 'paypal']));
        Check::same('paypal', Whmcs::$calls[1][1]['paymentmethod']);
    },
    'a marker finds its invoices: of that client, since that day, to the letter' => static function (): void {
        $host = new WhmcsHost();
        $host->answer('invoice.draft', draft());
        $others = [['client_id' => '5'], ['date' => '2026-03-02'], ['notes' => '[PV-ABC]'], ['notes' => '[pv%abc]']];
        foreach ($others as $other) {
            $host->answer('invoice.draft', draft($other));
        }
        $found = $host->answer('invoice.find', ['client_id' => '4', 'marker' => '[pv-abc]', 'since' => '2026-03-03']);
        // Where WHMCS encodes what its API is given, a text comes back with our encoding; the core reads through it.
        foreach ($found['invoices'][0]['lines'] as &$line) {
            $line['description'] = WhmcsHost::plain($line['description']);
        }
        unset($line);
        Check::same(['invoices' => [['id' => '1', 'status' => 'Draft', 'due_date' => '2026-03-17',
            'notes' => 'Transfer [pv-abc]', 'lines' => draft()['lines']]]], $found);
        $percent = ['client_id' => '4', 'marker' => '[pv%abc]', 'since' => '2026-03-03'];
        Check::same(['5'], array_column($host->answer('invoice.find', $percent)['invoices'], 'id'));
    },
    'a line finds its invoices by its first words, of that client, however it was encoded' => static function (): void {
        $host = new WhmcsHost();
        $line = static fn (string $text) => ['lines' => [['description' => 'Setup', 'amount' => '1.00', 'taxed' => false],
            ['description' => $text, 'amount' => '2.00', 'taxed' => false]]];
        $texts = ["R&D VM - vm1.test (2026-02-01 / 2026-03-04)\nUsed 5", 'R&D VM - vm1.test: above', 'R&D VM - vm11.test (2026)'];
        foreach ($texts as $text) {
            $host->answer('invoice.draft', draft($line($text)));
        }
        $host->answer('invoice.draft', draft($line($texts[0]) + ['client_id' => '5']));
        $host->answer('invoice.draft', draft($line($texts[0]) + ['date' => '2026-02-01']));
        // The old modules wrote their text as it was.
        Capsule::table('tblinvoiceitems')->where('invoiceid', 5)->where('description', 'like', 'R%')
            ->update(['description' => $texts[0]]);
        // A renewal of WHMCS begins so too.
        $renewal = $host->answer('invoice.draft', draft($line('R&D VM - vm1.test (01/04/2026 - 30/04/2026)')))['id'];
        Capsule::table('tblinvoiceitems')->where('invoiceid', $renewal)->update(['type' => 'Hosting']);
        $asked = ['client_id' => '4', 'begins' => 'R&D VM - vm1.test ('];
        $found = static fn (string $id, string $date) => ['id' => $id, 'date' => $date, 'line' => $texts[0]];
        Check::same(['invoices' => [$found('5', '2026-02-01'), $found('1', '2026-03-03')]],
            $host->answer('invoice.lines', $asked));
    },
    'publishing moves the due date and happens once' => static function (): void {
        $host = new WhmcsHost();
        $host->answer('invoice.draft', draft());
        Check::same([], $host->answer('invoice.publish', ['id' => '1', 'due_date' => '2026-04-01']));
        $invoice = $host->answer('invoice.get', ['id' => '1'])['invoice'];
        Check::same(['Unpaid', '2026-04-01'], [$invoice['status'], $invoice['due_date']]);
        $e = Check::throws(HostError::class, fn () => $host->answer('invoice.publish', ['id' => '1',
            'due_date' => '2026-04-01']));
        Check::same('host.api', $e->problem);
        Check::contains('Only a draft can be published', $e->getMessage());
    },
    'a loser marks its draft, and an invoice that is gone is null' => static function (): void {
        $host = new WhmcsHost();
        $host->answer('invoice.draft', draft());
        $host->answer('invoice.notes', ['id' => '1', 'notes' => 'superseded']);
        Check::same('superseded', $host->answer('invoice.get', ['id' => '1'])['invoice']['notes']);
        Check::same(['invoice' => null], $host->answer('invoice.get', ['id' => '2']));
    },
    'a credit is given once for its marker and client' => static function (): void {
        $host = new WhmcsHost();
        $credit = ['client_id' => '4', 'amount' => '0.05', 'marker' => '[pv-rest]', 'description' => 'Rest'];
        $host->answer('credit.add', $credit);
        $host->answer('credit.add', $credit);
        $host->answer('credit.add', ['client_id' => '5'] + $credit);
        Check::same(['Rest [pv-rest]', 'Rest [pv-rest]'], Capsule::table('tblcredit')->pluck('description')->all());
        Check::throws(HostError::class, fn () => $host->answer('credit.add', ['marker' => ''] + $credit));
    },
    'an answer that is no success is an error with WHMCS\'s words' => static function (): void {
        foreach ([['result' => 'error', 'message' => 'Client ID Not Found'], null] as $answer) {
            Whmcs::$api = static fn () => $answer ?? ['result' => 'error'];
            $e = Check::throws(HostError::class, fn () => (new WhmcsHost())->answer('invoice.draft', draft()));
            Check::contains($answer['message'] ?? 'no reason', $e->getMessage());
        }
    },
];
