<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Provisor\HostError;
use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** Invoices and client credit, through WHMCS's local API. Reads tables only to look a marker up. */
final class Invoices
{
    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function find(array $args): array
    {
        // INSTR and not LIKE: no character of the marker has a meaning. The column may ignore case, we do not.
        $ids = Capsule::table('tblinvoices')->where('userid', (int) $args['client_id'])
            ->where('date', '>=', $args['since'])->whereRaw('INSTR(notes, ?) > 0', [$args['marker']])
            ->orderBy('id')->pluck('id');
        $invoices = [];
        foreach ($ids as $id) {
            $invoice = self::get((string) $id);
            if ($invoice !== null && str_contains($invoice['notes'], $args['marker'])) {
                $invoices[] = $invoice;
            }
        }
        return ['invoices' => $invoices];
    }

    /**
     * Invoices with a line that begins like the one asked for, however it was encoded, and is no line of WHMCS's own: its
     * renewals have a type, and begin with product and hostname too.
     *
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function withLine(array $args): array
    {
        $found = [];
        $lines = Capsule::table('tblinvoiceitems')
            ->join('tblinvoices', 'tblinvoices.id', '=', 'tblinvoiceitems.invoiceid')
            ->where('tblinvoices.userid', (int) $args['client_id'])->where(static function ($line): void {
                $line->where('tblinvoiceitems.type', '')->orWhereNull('tblinvoiceitems.type');
            })
            ->orderBy('tblinvoices.date')->orderBy('tblinvoices.id')
            ->get(['tblinvoices.id', 'tblinvoices.date', 'tblinvoiceitems.description']);
        foreach ($lines as $line) {
            $once = WhmcsHost::plain($line->description);
            // Some releases of WHMCS encode what their API is given, and some callers had encoded it before.
            foreach ([$once, WhmcsHost::plain($once)] as $text) {
                if (str_starts_with($text, (string) $args['begins'])) {
                    $date = WhmcsHost::date($line->date);
                    $found[] = ['id' => (string) $line->id, 'date' => $date, 'line' => $text];
                    break;
                }
            }
        }
        return ['invoices' => $found];
    }

    /** @return ?array<string, mixed> */
    public static function get(string $id): ?array
    {
        if (!Capsule::table('tblinvoices')->where('id', (int) $id)->exists()) {
            return null;
        }
        $invoice = WhmcsHost::api('GetInvoice', ['invoiceid' => (int) $id]);
        $items = $invoice['items']['item'] ?? [];
        return [
            'id' => (string) $invoice['invoiceid'],
            'status' => (string) $invoice['status'],
            'due_date' => WhmcsHost::date($invoice['duedate'] ?? ''),
            'notes' => WhmcsHost::plain($invoice['notes'] ?? ''),
            'lines' => array_map(static fn (array $item) => [
                'description' => WhmcsHost::plain($item['description'] ?? ''),
                'amount' => (string) ($item['amount'] ?? ''),
                'taxed' => !in_array((string) ($item['taxed'] ?? ''), ['', '0'], true),
            ], is_array($items) ? array_values($items) : []),
        ];
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function draft(array $args): array
    {
        self::refuseInsideHostTransaction();
        $fields = [
            'userid' => (int) $args['client_id'],
            'draft' => true,
            'date' => $args['date'],
            'duedate' => $args['due_date'],
            'notes' => $args['notes'],
        ];
        if ($args['payment_method'] !== '') {
            $fields['paymentmethod'] = $args['payment_method'];
        }
        foreach (array_values($args['lines']) as $i => $line) {
            $n = $i + 1;
            // WHMCS prints descriptions as they are stored, and a client chose part of this one.
            $fields["itemdescription$n"] = WhmcsHost::encoded($line['description']);
            $fields["itemamount$n"] = $line['amount'];
            $fields["itemtaxed$n"] = $line['taxed'] ? 1 : 0;
        }
        $made = WhmcsHost::api('CreateInvoice', $fields);
        return ['id' => (string) $made['invoiceid']];
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function publish(array $args): array
    {
        self::refuseInsideHostTransaction();
        WhmcsHost::api('UpdateInvoice', [
            'invoiceid' => (int) $args['id'],
            'duedate' => $args['due_date'],
            'publishandsendemail' => true,
        ]);
        return [];
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function setNotes(array $args): array
    {
        WhmcsHost::api('UpdateInvoice', ['invoiceid' => (int) $args['id'], 'notes' => $args['notes']]);
        return [];
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function addCredit(array $args): array
    {
        self::refuseInsideHostTransaction();
        if ($args['marker'] === '') {
            throw new HostError('host.args', 'A credit without a marker could be given twice; none was given.');
        }
        $given = Capsule::table('tblcredit')->where('clientid', (int) $args['client_id'])
            ->whereRaw('INSTR(description, ?) > 0', [$args['marker']])->exists();
        if (!$given) {
            $description = $args['description'];
            WhmcsHost::api('AddCredit', [
                'clientid' => (int) $args['client_id'],
                'description' => str_contains($description, $args['marker'])
                    ? $description
                    : "$description {$args['marker']}",
                'amount' => $args['amount'],
                'type' => 'add',
            ]);
        }
        return [];
    }

    /**
     * A transaction of the host that is rolled back later would take the invoice away again, while our own tables,
     * which have a connection of their own, say that the period is billed.
     */
    private static function refuseInsideHostTransaction(): void
    {
        if (Capsule::connection()->getPdo()->inTransaction()) {
            throw new HostError('host.open_transaction', 'WHMCS has an open transaction; if it were rolled back, the'
                . ' invoice would be lost. Nothing was invoiced. The next run outside a transaction does it, such as'
                . ' cron_bandwidth.php.');
        }
    }
}
