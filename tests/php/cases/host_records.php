<?php

/** Services, servers, settings, mails: what WHMCS has, as the core reads it. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\HostError;
use Provisor\Params;
use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

function aService(string $date = '2026-01-31'): int
{
    $currency = Whmcs::add('tblcurrencies', ['code' => 'EUR', 'prefix' => '&euro;', 'suffix' => '', 'format' => 1,
        'rate' => '0.79']);
    $client = Whmcs::add('tblclients', ['firstname' => 'O&#039;Neil', 'lastname' => 'Ä', 'email' => 'o@example.com',
        'currency' => $currency]);
    $product = Whmcs::add('tblproducts', ['type' => 'server', 'name' => 'VM &amp; more', 'servertype' => 'onapp',
        'overagesenabled' => '1,MB,MB', 'overagesbwlimit' => 1000, 'overagesdisklimit' => 0,
        'overagesbwprice' => '0.0125', 'tax' => 1, 'configoptionsupgrade' => 1, 'configoption1' => '3',
        'configoption21' => '{&quot;role_ids&quot;:[2]}']);
    return Whmcs::add('tblhosting', ['userid' => $client, 'packageid' => $product, 'server' => 0,
        'domainstatus' => 'Active', 'domain' => 'vm.example.com', 'regdate' => $date, 'paymentmethod' => 'paypal',
        'bwlimit' => 5]);
}

return [
    'a service is told with product, client, currency and options' => static function (): void {
        $id = aService();
        $ram = Whmcs::add('tblproductconfigoptions', ['optionname' => 'RAM|Memory', 'optiontype' => '1']);
        $sub = Whmcs::add('tblproductconfigoptionssub', ['configid' => $ram, 'sortorder' => 384,
            'optionname' => '512 MB &amp; more|Half a GB']);
        $ips = Whmcs::add('tblproductconfigoptions', ['optionname' => 'IPs', 'optiontype' => '4']);
        $each = Whmcs::add('tblproductconfigoptionssub', ['configid' => $ips, 'optionname' => 'each', 'sortorder' => 1]);
        Whmcs::add('tblhostingconfigoptions', ['relid' => $id, 'configid' => $ram, 'optionid' => $sub, 'qty' => 0]);
        Whmcs::add('tblhostingconfigoptions', ['relid' => $id, 'configid' => $ips, 'optionid' => $each, 'qty' => 3]);
        $service = (new WhmcsHost())->answer('service.get', ['id' => (string) $id])['service'];
        Check::same(24, count($service['product']['options']));
        Check::same('{"role_ids":[2]}', $service['product']['options'][20]);
        unset($service['product']['options']);
        $one = (string) $id;
        Check::same([
            'id' => $one, 'client_id' => $one, 'server_id' => '', 'status' => 'Active', 'domain' => 'vm.example.com',
            'reg_date' => '2026-01-31', 'payment_method' => 'paypal', 'bw_limit' => '5',
            'product' => ['id' => $one, 'name' => 'VM & more', 'kind' => 'server', 'module' => 'onapp',
                'overages' => '1,MB,MB', 'bw_limit' => '1000', 'bw_price' => '0.0125', 'disk_limit' => '0',
                'tax' => true, 'option_upgrades' => true, 'package_upgrades' => false],
            'client' => ['id' => $one, 'email' => 'o@example.com', 'first_name' => "O'Neil", 'last_name' => 'Ä',
                'company' => '', 'phone' => '', 'address1' => '', 'address2' => '', 'city' => '', 'state' => '',
                'postcode' => '', 'country' => ''],
            'currency' => ['code' => 'EUR', 'prefix' => '€', 'suffix' => '', 'digits' => 2,
                'rate' => $service['currency']['rate']],
            'options' => [
                ['id' => (string) $ram, 'name' => 'RAM', 'label' => 'Memory', 'kind' => 'dropdown', 'order' => '384',
                    'choice' => '512 MB & more|Half a GB', 'quantity' => ''],
                ['id' => (string) $ips, 'name' => 'IPs', 'label' => 'IPs', 'kind' => 'quantity', 'order' => '1',
                    'choice' => '', 'quantity' => '3'],
            ],
        ], $service);
        Check::same('0.79', rtrim($service['currency']['rate'], '0'));
    },
    'a quantity that an upgrade wrote without its choice counts as that choice, and no choice of another option does' =>
        static function (): void {
            $id = aService();
            foreach ([['4', 'IPs', 1], ['3', 'Backup', 7], ['1', 'RAM', 384]] as [$type, $name, $order]) {
                $option = Whmcs::add('tblproductconfigoptions', ['optionname' => $name, 'optiontype' => $type]);
                Whmcs::add('tblproductconfigoptionssub', ['configid' => $option, 'optionname' => $name,
                    'sortorder' => $order]);
                Whmcs::add('tblhostingconfigoptions', ['relid' => $id, 'configid' => $option, 'optionid' => 0,
                    'qty' => 2]);
            }
            $read = static fn () => array_column((new WhmcsHost())
                ->answer('service.get', ['id' => (string) $id])['service']['options'], 'order', 'name');
            Check::same(['IPs' => '1', 'Backup' => '7', 'RAM' => ''], $read());
            $other = Whmcs::add('tblproductconfigoptionssub', ['configid' => 999, 'optionname' => 'x', 'sortorder' => 5]);
            Capsule::table('tblhostingconfigoptions')->where('relid', $id)->update(['optionid' => $other]);
            Check::same(['IPs' => '1', 'Backup' => '7', 'RAM' => ''], $read());
        },
    'a zero date is no date, and a service that is gone is null' => static function (): void {
        $host = new WhmcsHost();
        $id = (string) aService('0000-00-00');
        Check::same('', $host->answer('service.get', compact('id'))['service']['reg_date']);
        Check::same(['service' => null], $host->answer('service.get', ['id' => '99']));
        Check::same(['server' => null], $host->answer('server.get', ['id' => '']));
    },
    'a server is told with its password and its tags in the clear' => static function (): void {
        $id = Whmcs::add('tblservers', ['name' => 'cp', 'ipaddress' => '192.0.2.1', 'hostname' => 'cp.example.com',
            'type' => 'onapp', 'username' => 'admin', 'password' => encrypt('geheim'), 'secure' => 'on',
            'accesshash' => '&lt;plainHttp&gt;yes&lt;/plainHttp&gt;']);
        Check::same(['id' => (string) $id, 'name' => 'cp', 'hostname' => 'cp.example.com', 'ip' => '192.0.2.1',
            'port' => '', 'secure' => true, 'username' => 'admin', 'password' => ['secret' => 'geheim'],
            'access_hash' => ['secret' => '<plainHttp>yes</plainHttp>'], 'disabled' => false,
            'module' => 'onapp',
        ], (new WhmcsHost())->answer('server.get', ['id' => (string) $id])['server']);
    },
    'a password with signs of HTML is read as it was entered' => static function (): void {
        $id = Whmcs::add('tblservers', ['name' => 'cp', 'type' => 'onapp', 'username' => 'admin',
            'password' => encrypt('p&amp;ss&lt;1&gt;&quot;&#039;Xy9')]);
        Check::same(
            ['secret' => 'p&ss<1>"\'Xy9'],
            (new WhmcsHost())->answer('server.get', ['id' => (string) $id])['server']['password']
        );
        foreach (['p&amp;ss&lt;1&gt;&quot;&#039;Xy9', 'p&ss<1>"\'Xy9'] as $given) {
            $input = Params::service(['password' => $given, 'serverpassword' => $given]);
            Check::same(['secret' => 'p&ss<1>"\'Xy9'], $input['server']['password']);
            Check::same(['secret' => 'p&ss<1>"\'Xy9'], $input['service']['password']);
        }
    },
    'a password that a panel made rests as a form would leave it' => static function (): void {
        $id = aService();
        (new WhmcsHost())->answer('service.fields', ['id' => (string) $id, 'password' => ['secret' => 'a<b>&"c']]);
        $stored = decrypt((string) Capsule::table('tblhosting')->where('id', $id)->value('password'));
        Check::same('a&lt;b&gt;&amp;&quot;c', $stored);
        Check::same(['secret' => 'a<b>&"c'], Params::service(['password' => $stored])['service']['password']);
    },
    'only the given fields of a service are set, the password sealed' => static function (): void {
        $id = aService();
        $host = new WhmcsHost();
        $fields = ['id' => (string) $id, 'bw_usage' => '12', 'password' => ['secret' => 'geheim'],
            'assigned_ips' => "192.0.2.2\n192.0.2.3", 'touch_usage' => true];
        Check::same([], $host->answer('service.fields', $fields));
        Check::same([], $host->answer('service.fields', $fields), 'the same again');
        $row = (array) Capsule::table('tblhosting')->find($id);
        Check::same(['12', '5', 'vm.example.com', "192.0.2.2\n192.0.2.3", 'geheim'], [(string) $row['bwusage'],
            (string) $row['bwlimit'], $row['domain'], $row['assignedips'], decrypt($row['password'])]);
        Check::true(abs(strtotime($row['lastupdate']) - time()) < 3, 'lastupdate is now');
        Check::throws(HostError::class, fn () => $host->answer('service.fields', ['id' => '99', 'bw_usage' => '1']));
    },
    'the settings of the host are told' => static function (): void {
        Whmcs::add('tblconfiguration', ['setting' => 'CreateInvoiceDaysBefore', 'value' => '14']);
        Whmcs::add('tblconfiguration', ['setting' => 'TaxEnabled', 'value' => 'on']);
        Check::same(
            ['time_zone' => (string) ini_get('date.timezone'), 'invoice_due_days' => 14, 'tax_enabled' => true,
                'today' => date('Y-m-d'), 'web' => false],
            (new WhmcsHost())->answer('host.settings', [])
        );
    },
    'the zone of the host is the one that WHMCS counts in, whatever php.ini names' => static function (): void {
        $before = date_default_timezone_get();
        try {
            foreach (['America/New_York', 'Pacific/Kiritimati'] as $zone) {
                date_default_timezone_set($zone);
                $told = (new WhmcsHost())->answer('host.settings', []);
                Check::same([$zone, date('Y-m-d')], [$told['time_zone'], $told['today']]);
            }
        } finally {
            date_default_timezone_set($before);
        }
    },
    'a mail template is made once and staff may edit it' => static function (): void {
        $mail = ['service_id' => '7', 'template' => 'Virtual Machine Created', 'subject' => 's', 'body' => 'b'];
        (new WhmcsHost())->answer('mail.send', $mail);
        Capsule::table('tblemailtemplates')->update(['message' => 'edited']);
        (new WhmcsHost())->answer('mail.send', $mail);
        Check::same(['edited'], Capsule::table('tblemailtemplates')->pluck('message')->all());
        Check::same(['SendEmail', ['messagename' => 'Virtual Machine Created', 'id' => 7]], Whmcs::$calls[1]);
    },
    'an unknown op and a defect of ours are errors without values' => static function (): void {
        $host = new WhmcsHost();
        Check::same('host.op', WhmcsHost::explain(Check::throws(
            HostError::class,
            fn () => $host->answer('coffee.brew', [])
        ))[0]);
        $e = new \RuntimeException('the password is geheim');
        Check::lacks('geheim', WhmcsHost::explain($e)[1]);
        Capsule::schema()->drop('tblservers');
        try {
            $host->answer('server.get', ['id' => '1']);
        } catch (\Throwable $e) {
            Check::contains('tblservers', WhmcsHost::explain($e)[1]);
            Check::lacks('select', WhmcsHost::explain($e)[1]);
        }
    },
];
