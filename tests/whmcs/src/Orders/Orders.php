<?php

/**
 * Orders: placed by a client, accepted or cancelled by staff. Follows whmcs-contract.md 1.20 (1), 3.4 (hooks), 4.4
 * (AddOrder, AcceptOrder, CancelOrder) and 5.2 (tblproducts.autosetup).
 */

declare(strict_types=1);

namespace StandIn\Orders;

use StandIn\Billing\Invoices;
use StandIn\Clock;
use StandIn\Crypt;
use StandIn\Modules\HookList;
use StandIn\Modules\Runner;
use StandIn\Money;
use StandIn\Refusal;
use StandIn\Settings;
use WHMCS\Carbon;
use WHMCS\Database\Capsule;

final class Orders
{
    /**
     * @param array{clientid: int, pid: int, domain: string, password: string, cycle: string, gateway: string,
     *     qty: int, options: array<int, array{optionid: int, qty: int}>, fields: array<int, string>,
     *     invoice: bool, email: bool} $wish options by configid, fields by field id
     * @return array{order: int, service: int, invoice: int}
     */
    public static function place(array $wish): array
    {
        $client = Capsule::table('tblclients')->find($wish['clientid']) ?? throw new Refusal('Client ID Not Found');
        $product = Capsule::table('tblproducts')->find($wish['pid']) ?? throw new Refusal('Product ID Not Found');
        $cycle = match ($product->paytype) {
            'free' => 'Free Account',
            'onetime' => 'One Time',
            default => Cycle::named($wish['cycle']),
        };
        $options = Options::completed((int) $product->id, $wish['options']);
        $price = $product->paytype === 'free'
            ? ['setup' => '0.00', 'recurring' => '0.00']
            : Prices::of((int) $product->id, $cycle, (int) $client->currency, $options);
        $first = Money::plain((float) $price['setup'] + (float) $price['recurring']);

        $orderId = (int) Capsule::table('tblorders')->insertGetId(['ordernum' => (string) random_int(10 ** 9, 10 ** 10),
            'userid' => $client->id, 'date' => Clock::stamp(), 'amount' => $first, 'paymentmethod' => $wish['gateway'],
            'status' => 'Pending', 'ipaddress' => '127.0.0.1']);
        $today = Clock::today();
        $serviceId = (int) Capsule::table('tblhosting')->insertGetId([
            'userid' => $client->id, 'orderid' => $orderId, 'packageid' => $product->id, 'regdate' => $today,
            'domain' => $wish['domain'], 'paymentmethod' => $wish['gateway'], 'qty' => $wish['qty'],
            'firstpaymentamount' => $first, 'amount' => $price['recurring'], 'billingcycle' => $cycle,
            'nextduedate' => Cycle::recurs($cycle) ? $today : '0000-00-00',
            'nextinvoicedate' => Cycle::recurs($cycle) ? Cycle::after($today, $cycle) : '0000-00-00',
            'domainstatus' => 'Pending',
            'password' => $wish['password'] === '' ? '' : Crypt::fromForm($wish['password']),
            'created_at' => Clock::stamp(), 'updated_at' => Clock::stamp(),
        ]);
        Options::store($serviceId, $options);
        foreach ($wish['fields'] as $fieldId => $value) {
            Capsule::table('tblcustomfieldsvalues')
                ->insert(['fieldid' => $fieldId, 'relid' => $serviceId, 'value' => $value]);
        }
        $invoiceId = $wish['invoice'] && $product->paytype !== 'free'
            ? self::firstInvoice($orderId, $serviceId, $product, $first, $wish)
            : 0;
        return ['order' => $orderId, 'service' => $serviceId, 'invoice' => $invoiceId];
    }

    /** @param array<string, mixed> $wish */
    private static function firstInvoice(
        int $orderId,
        int $serviceId,
        object $product,
        string $amount,
        array $wish
    ): int {
        $service = Capsule::table('tblhosting')->find($serviceId);
        $text = "$product->name - $service->domain";
        if (Cycle::recurs((string) $service->billingcycle)) {
            $end = Carbon::parse($service->nextinvoicedate)->subDay()->format('d/m/Y');
            $text .= ' (' . fromMySQLDate((string) $service->regdate) . " - $end)";
        }
        return Invoices::create(
            ['userid' => (int) $service->userid, 'status' => 'Unpaid', 'date' => Clock::today(),
                'duedate' => Clock::today(), 'paymentmethod' => $wish['gateway']],
            [['type' => 'Hosting', 'relid' => $serviceId, 'description' => $text, 'amount' => $amount,
                'taxed' => (int) $product->tax]],
            'autogen',
            $wish['email'],
            static fn (int $id) => Capsule::table('tblorders')->where('id', $orderId)->update(['invoiceid' => $id])
        );
    }

    /**
     * What the shopping cart does after placing: the hook, then automatic set-up "order".
     *
     * @param array{order: int, service: int, invoice: int} $placed
     */
    public static function checkedOut(array $placed, string $gateway): void
    {
        $order = Capsule::table('tblorders')->find($placed['order']);
        HookList::run('AfterShoppingCartCheckout', ['OrderID' => $placed['order'], 'OrderNumber' => $order->ordernum,
            'ServiceIDs' => [$placed['service']], 'AddonIDs' => [], 'DomainIDs' => [], 'RenewalIDs' => [],
            'PaymentMethod' => $gateway, 'InvoiceID' => $placed['invoice'], 'TotalDue' => $order->amount]);
        $product = Capsule::table('tblhosting as h')->join('tblproducts as p', 'p.id', '=', 'h.packageid')
            ->where('h.id', $placed['service'])->first(['p.autosetup', 'p.servertype']);
        if ($product->autosetup === 'order' && $product->servertype !== '') {
            Servers::assign($placed['service']);
            Runner::run($placed['service'], 'create', true);
        }
    }

    /**
     * Staff accept: the hook AcceptOrder comes first, then servers, then automatic set-up.
     *
     * @param array{serverid?: int, username?: string, password?: string, autosetup?: bool} $how
     *     autosetup null: as the product says ("on" and "payment" and "order" set up, '' does not)
     * @return array<int, string> service id => 'success', a message, or '' when nothing was asked of the module
     */
    public static function accept(int $orderId, array $how = []): array
    {
        $order = Capsule::table('tblorders')->find($orderId);
        if ($order === null || $order->status !== 'Pending') {
            throw new Refusal('Order ID not found or Status not Pending');
        }
        HookList::run('AcceptOrder', ['orderid' => $orderId]);
        $results = [];
        foreach (Capsule::table('tblhosting')->where('orderid', $orderId)->orderBy('id')->get() as $service) {
            $id = (int) $service->id;
            $product = Capsule::table('tblproducts')->find($service->packageid);
            $changes = [];
            if (($how['username'] ?? '') !== '') {
                $changes['username'] = $how['username'];
            }
            if (($how['password'] ?? '') !== '') {
                $changes['password'] = Crypt::fromForm($how['password']);
            }
            if ($changes !== []) {
                Capsule::table('tblhosting')->where('id', $id)->update($changes);
            }
            if ($product->servertype !== '') {
                Servers::assign($id, $how['serverid'] ?? 0);
            }
            $setup = $how['autosetup'] ?? ((string) $product->autosetup !== '');
            $results[$id] = '';
            if ($service->domainstatus !== 'Pending') {
                continue;
            }
            if ($product->servertype === '') {
                Capsule::table('tblhosting')->where('id', $id)->update(['domainstatus' => 'Active']);
            } elseif ($setup) {
                $results[$id] = Runner::run($id, 'create', true);
            }
        }
        Capsule::table('tblorders')->where('id', $orderId)->update(['status' => 'Active']);
        return $results;
    }

    /** The hook CancelOrder comes before the change (whmcs-contract.md 3.4); the module is not called. */
    public static function cancel(int $orderId): void
    {
        $order = Capsule::table('tblorders')->find($orderId);
        if ($order === null) {
            throw new Refusal('Order ID not found');
        }
        HookList::run('CancelOrder', ['orderid' => $orderId]);
        Capsule::table('tblorders')->where('id', $orderId)->update(['status' => 'Cancelled']);
        Capsule::table('tblhosting')->where('orderid', $orderId)->where('domainstatus', 'Pending')
            ->update(['domainstatus' => 'Cancelled']);
        if ((int) $order->invoiceid > 0 && Invoices::find((int) $order->invoiceid)->status === 'Unpaid') {
            Invoices::setStatus((int) $order->invoiceid, 'Cancelled');
        }
    }
}
