<?php

/** clientarea.php without an action: the client's services. Invoices are shown by clientarea.php?action=invoices. */

declare(strict_types=1);

namespace StandIn\Pages;

use StandIn\Money;
use WHMCS\ClientArea;
use WHMCS\Database\Capsule;

final class ClientHome
{
    public static function show(): void
    {
        $page = new ClientArea();
        $page->setPageTitle('My Products & Services');
        $page->setHookName('ProductsServices');
        $page->requireLogin();
        $services = Capsule::table('tblhosting as h')->join('tblproducts as p', 'p.id', '=', 'h.packageid')
            ->where('h.userid', $page->getUserID())->orderBy('h.id')
            ->get(['h.id', 'h.domain', 'h.domainstatus as status', 'p.name as product'])
            ->map(static fn (object $row): array => (array) $row)->all();
        $page->assign('services', $services);
        $page->setTemplate('clientareaproducts');
        $page->output();
    }

    public static function invoices(): void
    {
        $page = new ClientArea();
        $page->setPageTitle('My Invoices');
        $page->setHookName('Invoices');
        $page->requireLogin();
        $currency = (int) Capsule::table('tblclients')->where('id', $page->getUserID())->value('currency');
        $invoices = [];
        foreach (Capsule::table('tblinvoices')->where('userid', $page->getUserID())->where('status', '!=', 'Draft')
            ->orderBy('id')->get() as $invoice) {
            $invoices[] = ['id' => $invoice->id, 'date' => fromMySQLDate((string) $invoice->date),
                'status' => $invoice->status, 'total' => Money::format($invoice->total, $currency),
                'lines' => Capsule::table('tblinvoiceitems')->where('invoiceid', $invoice->id)->pluck('description')
                    ->all()];
        }
        $page->assign('invoices', $invoices);
        $page->setTemplate('clientareainvoices');
        $page->output();
    }
}
