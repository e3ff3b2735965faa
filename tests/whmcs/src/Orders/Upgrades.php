<?php

/** What follows when an upgrade's invoice line is paid. Follows whmcs-contract.md 1.20 (6), 3.8 and 5.2 (tblupgrades). */

declare(strict_types=1);

namespace StandIn\Orders;

use StandIn\Modules\HookList;
use StandIn\Modules\Runner;
use WHMCS\Database\Capsule;

final class Upgrades
{
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
