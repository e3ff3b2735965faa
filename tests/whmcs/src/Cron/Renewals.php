<?php

/**
 * The task CreateInvoices: renewal lines, grouped per client, due date and gateway, CreateInvoiceDaysBefore days ahead.
 * Follows whmcs-contract.md 1.20 (3) and 3.5 (PreInvoicingGenerateInvoiceItems, AfterInvoicingGenerateInvoiceItems).
 */

declare(strict_types=1);

namespace StandIn\Cron;

use StandIn\Billing\Invoices;
use StandIn\Clock;
use StandIn\Modules\HookList;
use StandIn\Orders\Cycle;
use StandIn\Settings;
use WHMCS\Database\Capsule;

final class Renewals
{
    public static function createInvoices(): int
    {
        HookList::run('PreInvoicingGenerateInvoiceItems', []);
        $until = Clock::now()->addDays((int) Settings::get('CreateInvoiceDaysBefore'))->format('Y-m-d');
        $due = Capsule::table('tblhosting')->whereIn('domainstatus', ['Active', 'Suspended'])
            ->where('nextinvoicedate', '>', '0000-00-00')->where('nextinvoicedate', '<=', $until)
            ->orderBy('id')->get()->filter(static fn (object $row): bool => Cycle::recurs($row->billingcycle));
        $groups = $due->groupBy(
            static fn (object $row): string => "$row->userid|$row->nextinvoicedate|$row->paymentmethod"
        );
        foreach ($groups as $services) {
            self::invoice($services->all());
        }
        HookList::run('AfterInvoicingGenerateInvoiceItems', []);
        return $groups->count();
    }

    /** @param array<int, object> $services of one client, due date and gateway */
    private static function invoice(array $services): void
    {
        $first = reset($services);
        $lines = [];
        foreach ($services as $service) {
            $product = Capsule::table('tblproducts')->find($service->packageid);
            $end = Cycle::after((string) $service->nextinvoicedate, (string) $service->billingcycle);
            $lines[] = ['type' => 'Hosting', 'relid' => (int) $service->id, 'amount' => (string) $service->amount,
                'taxed' => (int) $product->tax, 'description' => "$product->name - $service->domain ("
                    . fromMySQLDate((string) $service->nextinvoicedate) . ' - ' . fromMySQLDate($end) . ')'];
            Capsule::table('tblhosting')->where('id', $service->id)->update(['nextinvoicedate' => $end]);
        }
        Invoices::create(
            ['userid' => (int) $first->userid, 'status' => 'Unpaid', 'date' => Clock::today(),
                'duedate' => (string) $first->nextinvoicedate, 'paymentmethod' => (string) $first->paymentmethod],
            $lines,
            'autogen',
            true
        );
    }
}
