<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Provisor\HostError;
use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** Services, servers and settings of WHMCS, read and written over WHMCS's own connection. */
final class Records
{
    /** Types of configurable options and what the core calls them. */
    public const KINDS = ['1' => 'dropdown', '2' => 'radio', '3' => 'yesno', '4' => 'quantity'];

    /** Fields of the op service.fields and their columns. The password is set apart, sealed. */
    private const FIELDS = [
        'server_id' => 'server', 'domain' => 'domain', 'username' => 'username', 'dedicated_ip' => 'dedicatedip',
        'assigned_ips' => 'assignedips', 'bw_usage' => 'bwusage', 'bw_limit' => 'bwlimit', 'disk_usage' => 'diskusage',
        'disk_limit' => 'disklimit',
    ];

    /** @return array<string, mixed> */
    public static function settings(): array
    {
        $settings = Capsule::table('tblconfiguration')
            ->whereIn('setting', ['CreateInvoiceDaysBefore', 'TaxEnabled'])->pluck('value', 'setting');
        return [
            'time_zone' => self::zone(),
            'invoice_due_days' => max(0, (int) ($settings['CreateInvoiceDaysBefore'] ?? 0)),
            'tax_enabled' => in_array($settings['TaxEnabled'] ?? '', ['on', '1'], true),
            'today' => self::local('Y-m-d'),
            'web' => PHP_SAPI !== 'cli',
        ];
    }

    /** @return ?array<string, mixed> */
    public static function server(string $id): ?array
    {
        $row = Capsule::table('tblservers')->where('id', (int) $id)->first();
        return $row === null ? null : [
            'id' => (string) $row->id,
            'name' => WhmcsHost::plain($row->name),
            'hostname' => (string) $row->hostname,
            'ip' => (string) $row->ipaddress,
            'port' => (string) ((int) $row->port ?: ''),
            'secure' => self::flag($row->secure),
            'username' => WhmcsHost::plain($row->username),
            // A form encoded it before WHMCS encrypted it.
            'password' => ['secret' => (string) $row->password === '' ? '' : WhmcsHost::plain(decrypt($row->password))],
            'access_hash' => ['secret' => WhmcsHost::plain($row->accesshash)],
            'disabled' => self::flag($row->disabled),
            'module' => (string) $row->type,
        ];
    }

    /** @return ?array<string, mixed> */
    public static function service(string $id): ?array
    {
        $service = Capsule::table('tblhosting')->where('id', (int) $id)->first([
            'id', 'userid', 'packageid', 'server', 'domainstatus', 'domain', 'regdate', 'paymentmethod', 'bwlimit',
        ]);
        if ($service === null) {
            return null;
        }
        return [
            'id' => (string) $service->id,
            'client_id' => (string) $service->userid,
            'server_id' => (string) ((int) $service->server ?: ''),
            'status' => (string) $service->domainstatus,
            'domain' => WhmcsHost::plain($service->domain),
            'reg_date' => WhmcsHost::date($service->regdate),
            'payment_method' => (string) $service->paymentmethod,
            'bw_limit' => (string) $service->bwlimit,
            'product' => self::product((int) $service->packageid),
            'client' => Clients::get((string) $service->userid) ?? [],
            'currency' => self::currency((int) Capsule::table('tblclients')->where('id', $service->userid)
                ->value('currency')),
            'options' => self::options((int) $service->id),
        ];
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function setFields(array $args): array
    {
        $set = [];
        foreach (array_intersect_key(self::FIELDS, $args) as $field => $column) {
            // What a panel answers may stand here; WHMCS prints its fields as they are stored.
            $set[$column] = WhmcsHost::encoded((string) $args[$field]);
        }
        if (isset($args['password'])) {
            $set['password'] = encrypt(WhmcsHost::encoded((string) $args['password']['secret']));
        }
        if ($args['touch_usage'] ?? false) {
            $set['lastupdate'] = self::local('Y-m-d H:i:s');
        }
        $service = Capsule::table('tblhosting')->where('id', (int) $args['id']);
        if (!$service->exists()) {
            throw new HostError('host.service', "WHMCS has no service {$args['id']} any more.");
        }
        if ($set !== []) {
            $service->update($set);
        }
        return [];
    }

    /** @return array<string, mixed> */
    private static function product(int $id): array
    {
        $product = Capsule::table('tblproducts')->where('id', $id)->select([
            'id', 'name', 'type', 'servertype', 'overagesenabled', 'tax', 'configoptionsupgrade', ...self::slots(),
        ])->selectRaw('CAST(overagesbwlimit AS CHAR) AS bw_limit, CAST(overagesdisklimit AS CHAR) AS disk_limit,'
            . ' CAST(overagesbwprice AS CHAR) AS bw_price')->first();
        return $product === null ? [] : [
            'id' => (string) $product->id,
            'name' => WhmcsHost::plain($product->name),
            'kind' => (string) $product->type,
            'module' => (string) $product->servertype,
            'options' => array_map(static fn (string $slot) => WhmcsHost::plain($product->$slot), self::slots()),
            'overages' => (string) $product->overagesenabled,
            'bw_limit' => (string) $product->bw_limit,
            'bw_price' => (string) $product->bw_price,
            'disk_limit' => (string) $product->disk_limit,
            'tax' => self::flag($product->tax),
            'option_upgrades' => self::flag($product->configoptionsupgrade),
            'package_upgrades' => self::packageUpgrades($id),
        ];
    }

    /** Whether there are products that this one may be changed to. Nothing else waits for a WHMCS that keeps them elsewhere. */
    private static function packageUpgrades(int $product): bool
    {
        static $known = null;
        $known ??= Capsule::schema()->hasTable('tblproduct_upgrade_products');
        return $known && Capsule::table('tblproduct_upgrade_products')->where('product_id', $product)->exists();
    }

    /** @return array<string, mixed> */
    private static function currency(int $id): array
    {
        $currency = Capsule::table('tblcurrencies')->where('id', $id)
            ->select(['code', 'prefix', 'suffix', 'format'])->selectRaw('CAST(rate AS CHAR) AS rate')->first();
        return $currency === null ? [] : [
            'code' => (string) $currency->code,
            'prefix' => WhmcsHost::plain($currency->prefix),
            'suffix' => WhmcsHost::plain($currency->suffix),
            // WHMCS's format 4 shows whole units; the others show two digits.
            'digits' => (int) $currency->format === 4 ? 0 : 2,
            'rate' => (string) $currency->rate,
        ];
    }

    /** @return list<array<string, string>> */
    private static function options(int $service): array
    {
        $rows = Capsule::table('tblhostingconfigoptions as chosen')
            ->join('tblproductconfigoptions as asked', 'asked.id', '=', 'chosen.configid')
            ->leftJoin('tblproductconfigoptionssub as sub', static fn ($join) => $join
                ->on('sub.id', '=', 'chosen.optionid')->on('sub.configid', '=', 'chosen.configid'))
            ->where('chosen.relid', $service)->orderBy('chosen.id')
            ->get(['asked.id', 'asked.optionname', 'asked.optiontype', 'chosen.qty', 'sub.sortorder',
                'sub.optionname as choice']);
        $options = [];
        foreach ($rows as $row) {
            $kind = self::KINDS[(string) $row->optiontype] ?? '';
            // WHMCS shows clients what stands after the sign, and hooks and modules what stands before it.
            $names = explode('|', WhmcsHost::plain($row->optionname), 2);
            $counts = in_array($kind, ['quantity', 'yesno'], true);
            $options[] = [
                'id' => (string) $row->id,
                'name' => $names[0],
                'label' => $names[1] ?? $names[0],
                'kind' => $kind,
                // What is counted has one choice, which an upgrade does not name where the order was placed without the option.
                'order' => (string) ($row->sortorder ?? ($counts ? self::onlyOrder((int) $row->id) : '')),
                'choice' => $counts ? '' : WhmcsHost::plain($row->choice),
                'quantity' => match ($kind) {
                    'quantity' => (string) $row->qty,
                    'yesno' => (int) $row->qty > 0 ? '1' : '0',
                    default => '',
                },
            ];
        }
        return $options;
    }

    private static function onlyOrder(int $option): string
    {
        return (string) Capsule::table('tblproductconfigoptionssub')->where('configid', $option)->orderBy('id')
            ->value('sortorder');
    }

    /** @return list<string> */
    private static function slots(): array
    {
        return array_map(static fn (int $n) => "configoption$n", range(1, 24));
    }

    private static function flag(mixed $value): bool
    {
        return !in_array((string) $value, ['', '0', 'off'], true);
    }

    /**
     * The zone that PHP counts in, as WHMCS does: what configuration.php sets by date_default_timezone_set(), else php.ini's
     * date.timezone. Empty where neither names one.
     */
    private static function zone(): string
    {
        $zone = date_default_timezone_get();
        return $zone === 'UTC' && (string) ini_get('date.timezone') === '' ? '' : $zone;
    }

    /** WHMCS's present moment in its own zone. */
    private static function local(string $format): string
    {
        return class_exists(\WHMCS\Carbon::class) ? \WHMCS\Carbon::now()->format($format) : date($format);
    }
}
