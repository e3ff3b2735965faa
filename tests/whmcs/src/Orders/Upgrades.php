<?php

/**
 * Upgrades: ordered, and carried out when their invoice line is paid. Follows whmcs-contract.md 1.20 (6), 3.8, 4.4
 * (UpgradeProduct) and 5.2 (tblupgrades). Guessed: the price is the recurring difference by share of the days until
 * the next due date; a negative one becomes client credit.
 */

declare(strict_types=1);

namespace StandIn\Orders;

use StandIn\Billing\Credit;
use StandIn\Billing\Invoices;
use StandIn\Clock;
use StandIn\Modules\HookList;
use StandIn\Modules\Runner;
use StandIn\Money;
use StandIn\Refusal;
use WHMCS\Carbon;
use WHMCS\Database\Capsule;

final class Upgrades
{
    /**
     * Orders other configurable options for a service.
     *
     * @param array<int, array{optionid: int, qty: int}> $chosen by configid
     * @return array{id: int, orderid: int, invoiceid: int, price: string}
     */
    public static function orderOptions(int $serviceId, array $chosen, bool $onlyCalculate): array
    {
        $service = Capsule::table('tblhosting')->find($serviceId) ?? throw new Refusal('Service ID Not Found');
        $now = [];
        $stored = Capsule::table('tblhostingconfigoptions')->where('relid', $serviceId)->get();
        foreach ($stored as $row) {
            $now[(int) $row->configid] = ['optionid' => (int) $row->optionid, 'qty' => (int) $row->qty];
        }
        $change = self::recurring($service, $chosen + $now) - self::recurring($service, $now);
        $price = Money::plain($change * self::share($service));
        if ($onlyCalculate) {
            return ['id' => 0, 'orderid' => 0, 'invoiceid' => 0, 'price' => $price];
        }
        $order = (int) Capsule::table('tblorders')->insertGetId(['ordernum' => (string) random_int(10 ** 9, 10 ** 10),
            'userid' => $service->userid, 'date' => Clock::stamp(), 'amount' => $price,
            'paymentmethod' => $service->paymentmethod, 'status' => 'Pending']);
        $upgrade = (int) Capsule::table('tblupgrades')->insertGetId(['userid' => $service->userid,
            'orderid' => $order, 'type' => 'configoptions', 'date' => Clock::today(), 'relid' => $serviceId,
            'originalvalue' => self::text($now), 'newvalue' => self::text($chosen), 'amount' => $price,
            'recurringchange' => Money::plain($change), 'status' => 'Pending', 'paid' => 'N']);
        if ((float) $price <= 0) {
            (float) $price < 0 ? Credit::change((int) $service->userid, -(float) $price, 'Downgrade Credit') : null;
            self::paid($upgrade);
            return ['id' => $upgrade, 'orderid' => $order, 'invoiceid' => 0, 'price' => $price];
        }
        $invoice = Invoices::create(
            ['userid' => (int) $service->userid, 'status' => 'Unpaid', 'date' => Clock::today(),
                'duedate' => Clock::today(), 'paymentmethod' => (string) $service->paymentmethod],
            [['type' => 'Upgrade', 'relid' => $upgrade, 'description' => "Configurable Options Upgrade - "
                . $service->domain, 'amount' => $price, 'taxed' => 0]],
            'autogen',
            true,
            static fn (int $id) => Capsule::table('tblorders')->where('id', $order)->update(['invoiceid' => $id])
        );
        return ['id' => $upgrade, 'orderid' => $order, 'invoiceid' => $invoice, 'price' => $price];
    }

    /** @param array<int, array{optionid: int, qty: int}> $options */
    private static function recurring(object $service, array $options): float
    {
        $currency = (int) Capsule::table('tblclients')->where('id', $service->userid)->value('currency');
        $cycle = (string) $service->billingcycle;
        return (float) Prices::of((int) $service->packageid, $cycle, $currency, $options)['recurring'];
    }

    /** Days until the next due date by days of the cycle; 1 where nothing recurs. */
    private static function share(object $service): float
    {
        if (!Cycle::recurs((string) $service->billingcycle)) {
            return 1.0;
        }
        $due = Carbon::parse((string) $service->nextduedate);
        $start = Carbon::parse(Cycle::before((string) $service->nextduedate, (string) $service->billingcycle));
        $left = max(0, Carbon::parse(Clock::today())->diffInDays($due, false));
        return min(1.0, $left / max(1, $start->diffInDays($due)));
    }

    /** @param array<int, array{optionid: int, qty: int}> $options */
    private static function text(array $options): string
    {
        $pairs = [];
        foreach ($options as $configId => $choice) {
            $type = (int) Capsule::table('tblproductconfigoptions')->where('id', $configId)->value('optiontype');
            $pairs[] = "$configId=>" . (in_array($type, [3, 4], true) ? $choice['qty'] : $choice['optionid']);
        }
        return implode(',', $pairs);
    }

    public static function paid(int $upgradeId): void
    {
        $claimed = Capsule::table('tblupgrades')->where('id', $upgradeId)->where('paid', 'N')
            ->update(['paid' => 'Y', 'status' => 'Completed']);
        if ($claimed !== 1) {
            return;
        }
        $upgrade = Capsule::table('tblupgrades')->find($upgradeId);
        $serviceId = (int) $upgrade->relid;
        $options = $upgrade->type === 'configoptions';
        if ($options) {
            self::applyOptions($serviceId, (string) $upgrade->newvalue);
        } else {
            [$productId, $cycle] = explode(',', (string) $upgrade->newvalue) + [1 => 'monthly'];
            Capsule::table('tblhosting')->where('id', $serviceId)
                ->update(['packageid' => (int) $productId, 'billingcycle' => Cycle::named($cycle)]);
        }
        Capsule::table('tblhosting')->where('id', $serviceId)->increment('amount', (float) $upgrade->recurringchange);
        Runner::run($serviceId, 'upgrade', true);
        HookList::run($options ? 'AfterConfigOptionsUpgrade' : 'AfterProductUpgrade', ['upgradeid' => $upgradeId]);
    }

    /** "configid=>optionid" for choices, "configid=>qty" for yes/no and quantities; several joined by commas. */
    private static function applyOptions(int $serviceId, string $text): void
    {
        foreach (array_filter(explode(',', $text)) as $pair) {
            [$configId, $value] = array_map('intval', explode('=>', $pair));
            $type = (int) Capsule::table('tblproductconfigoptions')->where('id', $configId)->value('optiontype');
            $change = in_array($type, [3, 4], true) ? ['qty' => $value] : ['optionid' => $value];
            Capsule::table('tblhostingconfigoptions')
                ->updateOrInsert(['relid' => $serviceId, 'configid' => $configId], $change);
        }
    }
}
