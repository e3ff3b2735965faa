<?php

/** Real jobs inside the WHMCS stand-in, through the library and through the program. */

declare(strict_types=1);

namespace Provisor\Tests;

/** A stand-in with our files, a server nobody answers at, a product, a client, an ordered service. */
function standIn(): string
{
    static $root = '';
    if ($root === '') {
        $root = Site::temporary('whmcs');
        $whmcs = dirname(__DIR__, 2) . '/whmcs/whmcs';
        foreach ([
            ['install', '--modules', Site::make()],
            ['server:add', '--hostname', '127.0.0.1', '--port', '1', '--username', 'admin', '--password', 'p1anted-secret',
                '--accesshash', '<plainHttp>yes</plainHttp>'],
            ['client:add', '--email', 'c@example.test'],
            ['product:add', '--name', 'VM', '--overages', '--bw-limit', '1000', '--bw-price', '0.02', '--autosetup', '',
                '--option', '2=1', '--option', '6=1'],
            ['order', '--client', '1', '--product', '1', '--domain', 'vm1.example.test', '--password', 'p1anted-root'],
            ['sql', "UPDATE tblconfiguration SET value = 'on' WHERE setting = 'ModuleDebugMode'"],
        ] as $command) {
            [$status, $said] = Site::run(['php', $whmcs, ...$command, '--root', $root]);
            Check::same(0, $status, $said);
        }
        chmod(Site::binaries($root) . '/provisor', 0755);
    }
    return $root;
}

/** Runs code inside the stand-in, with FFI and without, and expects the same output. */
function inside(string $code): string
{
    $root = standIn();
    file_put_contents("$root/code.php", "<?php chdir('$root'); require '$root/init.php';"
        . " require_once '$root/includes/provisor/load.php'; require_once '$root/modules/servers/onapp/onapp.php'; $code");
    [, $library] = Site::run(['php', "$root/code.php"]);
    [, $program] = Site::run(['php', '-d', 'ffi.enable=0', "$root/code.php"]);
    Check::same($library, $program, 'output without FFI');
    return $library;
}

return [
    'the settings are 24 fields, each with its explanation' => static function (): void {
        $fields = json_decode(inside('echo json_encode(onapp_ConfigOptions());'), true);
        Check::same(24, count($fields));
        foreach ($fields as $field) {
            Check::true($field['Description'] !== '', 'explained');
            Check::true(!isset($field['SimpleMode']), 'WHMCS hides no field without a server group');
        }
        Check::contains('&lt;billing&gt;', $fields['option24']['Description']);
        $chosen = array_keys(array_filter(array_values($fields), static fn (array $field) => $field['Type'] === 'dropdown'));
        Check::same([1, 12, 13, 14, 15, 16, 19, 20, 22], array_map(static fn (int $n) => $n + 1, $chosen));
        // A product that is not saved yet has no options.
        Check::same(['' => '(none)'], $fields['option12']['Options']);
        Check::same('(the server group decides)', $fields['option1']['Options']['']);
    },
    'a server and configurable options are chosen from what WHMCS has for the product' => static function (): void {
        $whmcs = static fn (string ...$words) => Site::run(['php', dirname(__DIR__, 2) . '/whmcs/whmcs', ...$words, '--root', standIn()]);
        [, $product] = $whmcs('product:add', '--module', 'onapp', '--name', 'Named', '--option', '1=1', '--option', '12=0',
            '--option', '13=77');
        [, $said] = $whmcs('option:add', '--product', trim($product), '--type', 'quantity', '--name', 'IPs', '--json');
        $id = json_decode($said, true)['id'];
        $options = static fn (string $how = '') => json_decode(inside('$_REQUEST["id"] = "' . trim($product) . '"; echo json_encode('
            . "array_column(onapp_ConfigOptions($how), 'Options', 'FriendlyName'));"), true);
        $lists = $options();
        Check::same(1, preg_match('/ \(1\)$/', $lists['Server'][1]), json_encode($lists));
        Check::same([0 => '0 (none)', $id => "IPs ($id)"], $lists['Additional RAM']);
        Check::same([0 => '0 (none)', $id => "IPs ($id)", 77 => '77 (as stored; this product has no such option)'],
            $lists['Additional CPU cores']);
        Check::same(['' => '(none)'], $lists['Additional resource (templates)'], 'a quantity names no template');
        // The stored values of a product add-on are not those of the product of its number.
        Check::same([], $options('["isAddon" => true]'));
    },
    'many jobs in one process keep one connection, and a page opens none' => static function (): void {
        $code = 'Provisor\\Job::run("onapp.settle", []);'
            . ' $open = fn () => count(array_filter(scandir("/proc/self/fd"), fn ($fd) => str_contains('
            . ' (string) @readlink("/proc/self/fd/$fd"), ".sqlite") || str_contains((string) @readlink("/proc/self/fd/$fd"), "database")));'
            . ' $before = $open(); for ($i = 0; $i < 20; ++$i) { Provisor\\Job::run("onapp.settle", []); }'
            . ' echo $open() <= $before ? "kept" : "grew from $before to " . $open();'
            . ' try { (new Provisor\\WhmcsHost(true))->answer("apply", ["token" => "t", "changes" => []]); echo " written"; }'
            . ' catch (Provisor\\HostError $e) { echo " ", $e->problem; }';
        Check::same('kept host.reads_only', inside($code));
    },
    'jobs over all services find nothing to do and say so' => static function (): void {
        $code = 'foreach (["onapp.settle", "onapp.collect", "onapp.bill", "onapp.usage"] as $job) {'
            . ' echo json_encode(Provisor\Job::run($job, $job === "onapp.usage" ? ["service_id" => "1"] : [])), "\n"; }';
        $out = inside($code);
        Check::same(4, substr_count($out, '"log":[]'), $out);
        Check::contains('0 invoices published', $out);
        $shown = 'echo onapp_ClientArea(["serviceid" => 1])["templateVariables"]["provisor"]["page"]["notices"][0]["text"];';
        Check::same('This product belongs to another client.', inside($shown));
    },
    'a panel that does not answer is an error with a cure, and nothing is logged in the clear' => static function (): void {
        $params = '["serverid" => 1, "serverhostname" => "127.0.0.1", "serverport" => "1", "serverusername" => "admin",'
            . ' "serverpassword" => "p1anted-secret", "serveraccesshash" => "<plainHttp>yes</plainHttp>", "serviceid" => 1,'
            . ' "userid" => 1, "pid" => 1, "addonId" => 0, "producttype" => "server", "domain" => "vm1.example.test",'
            . ' "password" => "p1anted-root", "status" => "Pending", "configoption2" => "1", "configoption6" => "1"]';
        $out = inside("echo json_encode(onapp_TestConnection($params)), '|', onapp_CreateAccount($params);");
        Check::contains('"success":false', $out);
        Check::lacks('p1anted', $out);
        $root = standIn();
        [, $logs] = Site::run(['php', dirname(__DIR__, 2) . '/whmcs/whmcs', 'sql', '--root', $root,
            'SELECT action, request, response, arrdata FROM tblmodulelog']);
        Check::contains('onapp.test_connection', $logs);
        Check::lacks('p1anted', $logs);
        Check::lacks('p1anted', Site::run(['php', dirname(__DIR__, 2) . '/whmcs/whmcs', 'sql', '--root', $root,
            'SELECT description FROM tblactivitylog'])[1]);
        $stored = (string) file_get_contents("$root/storage/whmcs.sqlite");
        Check::lacks('p1anted', $stored);
    },
    'an input that is too large is refused before anything starts' => static function (): void {
        Check::same('config.too_large', inside('try { Provisor\Job::run("onapp.usage", ["x" => str_repeat("x", 33 << 20)]);'
            . ' } catch (Provisor\JobFailed $e) { echo $e->problem; }'));
    },
    'a reply that the core refuses becomes an error of that op and not a hang' => static function (): void {
        // The name of the server alone is larger than a message may be.
        $name = 'WHMCS\Database\Capsule::table("tblservers")->where("id", 1)->update(["name" => %s]);';
        Check::same('host.reply_refused', inside(sprintf($name, 'str_repeat("x", 33 << 20)')
            . ' try { Provisor\Job::run("onapp.create", ["service" => ["id" => "1", "client_id" => "1", "addon_id" => "0",'
            . ' "product_id" => "1", "product_type" => "server", "domain" => "vm1.example.test", "username" => "",'
            . ' "password" => ["secret" => "x"], "status" => "Pending"], "options" => ["1", "1", "512", "0,0", "1", "1",'
            . ' "50", "", "1", "on,0", "10", "0", "0", "0", "0", "0", "0", "1", "0", "0", "", "0", "", ""]]); } catch (Provisor\JobFailed $e) { echo $e->problem; }'
            . sprintf($name, '"cp"')));
    },
    'the run after a cron begins no further machine after a minute' => static function (): void {
        $code = 'require_once "modules/servers/onapp/hooks.php"; StandIn\Modules\HookList::run("AfterCronJob", []);'
            . ' $call = WHMCS\Database\Capsule::table("tblmodulelog")->where("action", "onapp.settle")->orderByDesc("id")->first();'
            . ' echo json_encode(json_decode($call->request)), json_decode($call->response)->message;';
        Check::same('{"seconds":60}0 settled, 0 not ready yet, 0 failed.', inside($code));
    },
    'a limit that is no number is refused by the core and not by us' => static function (): void {
        Check::same('config.limits', inside('try { Provisor\Job::run("onapp.settings", [], ["lease_seconds" => "long"]);'
            . ' } catch (Provisor\JobFailed $e) { echo $e->problem; }'));
    },
    'the cron says one line for each result' => static function (): void {
        $root = standIn();
        [$status, $out] = Site::run(['php', '-q', "$root/modules/servers/onapp/cron_bandwidth.php"]);
        Check::same(0, $status, $out);
        foreach (['onapp.settle: ', 'onapp.collect: ', 'onapp.bill: '] as $line) {
            Check::contains("\n$line", "\n$out");
        }
        [$status, $out] = Site::run(['php', '-q', "$root/modules/servers/onapp/cron_bandwidth.php", '--dry-run']);
        Check::same(0, $status, $out);
        Check::same(2, substr_count($out, "\n"), $out);
        Check::contains('nothing was written', $out);
        Check::contains('0 services were taken over from the old module', $out);
    },
];
