<?php

/**
 * The Backup Server module inside the WHMCS stand-in, with the simulated Backup Server on a socket: orders, the pass key in
 * the welcome e-mail, the action hooks. The same promises for the module and for a white label of it.
 */

declare(strict_types=1);

namespace Provisor\Tests;

/** A stand-in with a Backup Server. */
final class BackupSite
{
    public readonly string $root;
    public string $url = '';
    public string $password = '';

    /** @var resource|null */
    private $process = null;

    /** @var array<int, resource> */
    private array $pipes = [];

    public function __construct(public readonly string $module, bool $running = true)
    {
        $this->root = Site::temporary('backup');
        $files = Site::make();
        if ($module !== 'backupserver') {
            [$status, $said] = Site::run([Site::binaries($files) . '/provisor', 'whitelabel', '--name', $module, '--display',
                'Acme Backup', '--into', $files]);
            Check::same(0, $status, $said);
        }
        $this->whmcs('install', '--modules', $files);
        chmod(Site::binaries($this->root) . '/provisor', 0755);
        $target = getenv('CARGO_TARGET_DIR') ?: dirname(__DIR__, 3) . '/target';
        if ($running) {
            $this->process = proc_open(
                ["$target/debug/provisor-simulator", '--backup', '127.0.0.1:0', '--with-parent'],
                [['pipe', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']],
                $this->pipes
            ) ?: null;
            $told = json_decode((string) fgets($this->pipes[1]), true);
            Check::true(isset($told['url']), "the simulator is built: cargo build --workspace");
            [$this->url, $this->password] = [$told['url'], $told['password']];
        }
    }

    public function __destruct()
    {
        if ($this->process !== null) {
            proc_terminate($this->process, SIGKILL);
            array_map(fclose(...), $this->pipes);
            proc_close($this->process);
        }
    }

    public function whmcs(string $command, string ...$words): string
    {
        [$status, $said] = $this->try($command, ...$words);
        Check::same(0, $status, "$command: $said");
        return trim($said);
    }

    /** @return array{int, string} */
    public function try(string $command, string ...$words): array
    {
        return Site::run(['php', dirname(__DIR__, 2) . '/whmcs/whmcs', $command, '--root', $this->root, ...$words]);
    }

    /** @return list<array<string, ?string>> */
    public function sql(string $sql): array
    {
        return json_decode($this->whmcs('sql', $sql, '--json'), true);
    }

    /** A product of the module; the reseller's fields with others set. @param array<int, string> $set */
    public function product(array $set = []): string
    {
        $port = (string) (parse_url($this->url, PHP_URL_PORT) ?: 1);
        $words = [];
        $fields = [1 => 'http', 2 => '127.0.0.1', 3 => $port, 4 => 'admin', 5 => $this->password ?: 'p1anted',
            6 => 'Signup Reseller', 8 => 'on', 9 => 'on', 10 => '536870912000', 14 => 'on', 16 => 'Global Configuration'];
        foreach ($set + $fields as $slot => $value) {
            array_push($words, '--option', "$slot=$value");
        }
        return $this->whmcs('product:add', '--module', $this->module, '--name', 'Backup', '--type', 'other',
            '--autosetup', 'on', ...$words);
    }

    public function client(string $email = 'ann@acme.test'): string
    {
        return $this->whmcs('client:add', '--email', $email);
    }

    /** Edits the five settings of the hook file, and its active lines. */
    public function hooks(string $active, string $host = '127.0.0.1', ?string $port = null): void
    {
        $file = "$this->root/includes/hooks/whmcsHooks.php";
        $text = (string) file_get_contents($file);
        $port ??= (string) parse_url($this->url, PHP_URL_PORT);
        foreach (['protocal' => 'http', 'serverName' => $host, 'port' => $port, 'userName' => 'admin',
            'loginPassword' => $this->password ?: 'p1anted-login'] as $name => $value) {
            $text = (string) preg_replace("/^\\\$$name = '[^']*';/m", "\\\$$name = '" . addcslashes($value, '\\$') . "';", $text);
        }
        $text = str_replace("\nadd_hook(", "\n#add_hook(", $text);
        file_put_contents($file, str_replace("\n#$active", "\n$active", $text));
    }

    /** @return list<array{string, string, bool}> kind, name, active of the accounts that were made */
    public function accounts(): array
    {
        $state = json_decode((string) file_get_contents("$this->url/_sim/state"), true);
        $made = array_filter($state['accounts'], static fn (array $a) => !in_array($a['name'], ['Default Reseller', 'North'], true));
        return array_values(array_map(static fn (array $a) => [$a['kind'], $a['name'], $a['active']], $made));
    }

    public function errorLog(string $folder = 'admin'): string
    {
        return is_file("$this->root/$folder/whmcs_error.log") ? (string) file_get_contents("$this->root/$folder/whmcs_error.log") : '';
    }
}

const CLIENT_RESELLER = 'add_hook("ClientAdd",0,"SGSignupReseller","");';
const ORDER_RESELLER = 'add_hook("AcceptOrder",0,"SGSignupReseller","");';

$promises = [];
foreach (['backupserver', 'acme'] as $module) {
    $promises += [
        "$module: the settings are the seed's 23 fields" => static function () use ($module): void {
            $site = new BackupSite($module, false);
            file_put_contents("$site->root/code.php", "<?php chdir('$site->root'); require 'init.php';"
                . " require 'modules/servers/$module/$module.php';"
                . " echo json_encode([{$module}_ConfigOptions(), {$module}_MetaData(), {$module}_ClientAreaAllowedFunctions()]);");
            [$fields, $meta, $functions] = json_decode(Site::run(['php', "$site->root/code.php"])[1], true);
            Check::same(23, count($fields));
            Check::same(['Protocal', 'HostName or IpAddress', 'WebConsole Port'], array_column(array_slice($fields, 0, 3), 'FriendlyName'));
            Check::same('Retrieve Customer Pass Key', $fields['option23']['FriendlyName']);
            Check::same('password', $fields['option5']['Type']);
            Check::same($module === 'acme' ? 'Acme Backup' : 'Backup Server', $meta['DisplayName']);
            Check::same(false, $meta['RequiresServer']);
            Check::same(['page', 'pass_key'], $functions);
        },
        "$module: an accepted order becomes an account that follows the service" => static function () use ($module): void {
            $site = new BackupSite($module);
            $site->product();
            $site->client();
            $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');
            $site->whmcs('accept', '--order', '1');
            $name = $site->sql('SELECT username FROM tblhosting')[0]['username'];
            Check::same([['reseller', $name, true]], $site->accounts());
            foreach (['ModuleSuspend' => false, 'ModuleUnsuspend' => true, 'ModuleTerminate' => false] as $verb => $active) {
                $site->whmcs('api', $verb, 'serviceid=1');
                Check::same([['reseller', $name, $active]], $site->accounts(), $verb);
            }
        },
        "$module: the welcome mail shows the pass key by its number, with one field and with three" => static function () use ($module): void {
            foreach ([['Pass Key' => 0], ['VAT' => 0, 'Fax' => 1, 'Pass Key' => 2]] as $fields) {
                $site = new BackupSite($module);
                foreach ($fields as $name => $place) {
                    $id = $site->whmcs('field:add', '--for', 'client', '--name', $name);
                    $site->sql("UPDATE tblcustomfields SET sortorder = $place WHERE id = " . (int) $id);
                }
                $site->product([6 => 'Signup Customer', 23 => 'on']);
                $number = $fields['Pass Key'];
                $site->sql("UPDATE tblemailtemplates SET message = 'Your Customer PassKey : {\$client_custom_fields.$number}'"
                    . ' WHERE id = (SELECT welcomeemail FROM tblproducts WHERE id = 1)');
                $site->client();
                $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');
                $site->whmcs('accept', '--order', '1');
                $state = json_decode((string) file_get_contents("$site->url/_sim/state"), true);
                $key = $state['accounts'][2]['pass_key'];
                $mails = array_column($site->sql('SELECT message FROM tblemails'), 'message');
                $told = array_filter($mails, static fn (string $mail) => str_contains($mail, 'PassKey'));
                Check::same(1, count($told), 'welcome mails');
                Check::contains("Your Customer PassKey : $key", implode($told));
                $logs = json_encode([$site->sql('SELECT * FROM tblactivitylog'), $site->sql('SELECT * FROM tblmodulelog')]);
                Check::lacks($key, $logs);
                Check::lacks($site->password, $logs);
            }
        },
        "$module: a new client becomes a reseller, once" => static function () use ($module): void {
            $site = new BackupSite($module);
            $site->hooks(CLIENT_RESELLER);
            $site->client();
            Check::same(1, count($site->accounts()));
            Check::same('reseller', $site->accounts()[0][0]);
            Check::same('', $site->errorLog());
        },
        "$module: with the server down the client is created and one line without secrets tells of it" => static function () use ($module): void {
            $site = new BackupSite($module, false);
            $site->hooks(CLIENT_RESELLER, '127.0.0.1', '1');
            $site->client();
            Check::same('1', (string) count($site->sql('SELECT id FROM tblclients')));
            $log = $site->errorLog();
            Check::same(1, substr_count($log, "\n"), $log);
            Check::true(preg_match('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ level=error hook=ClientAdd fn=SGSignupReseller client_id=1'
                . ' host=127\.0\.0\.1:1 kind=http\.refused code=-4\d\d msg=".*"$/m', $log) === 1, $log);
            Check::lacks('p1anted', $log);
            Check::same('0600', substr(sprintf('%o', fileperms("$site->root/admin/whmcs_error.log")), -4));
        },
        "$module: a secret that every call carries stands in no line of the log" => static function () use ($module): void {
            $site = new BackupSite($module);
            file_put_contents("$site->root/modules/servers/$module/config.json", '{"contract": {"extra": {"apiToken": "tok-9f8e7d6c"}}}');
            $site->hooks(CLIENT_RESELLER);
            $refusal = ['action' => 'signupReseller', 'code' => '422', 'message' => 'Invalid apiToken tok-9f8e7d6c', 'count' => 1];
            file_get_contents("$site->url/_sim/refuse", false, stream_context_create(['http' => ['method' => 'POST',
                'header' => 'Content-Type: application/json', 'content' => json_encode($refusal)]]));
            $site->client();
            Check::contains('Invalid apiToken', $site->errorLog());
            Check::lacks('9f8e7d6c', $site->errorLog());
            file_put_contents("$site->root/code.php", "<?php chdir('$site->root'); require 'init.php'; SGSecrets('{\"contract\":"
                . "{\"extra\":{\"a\":\"tok-1234\",\"b\":\"xml\"}}}'); SGLog('a', 'b', 'said tok-1234 in xml');");
            Site::run(['php', "$site->root/code.php"]);
            Check::contains('said **** in xml', $site->errorLog());
        },
        "$module: the log is in the admin folder, whatever it is called" => static function () use ($module): void {
            $site = new BackupSite($module, false);
            $site->hooks(CLIENT_RESELLER, '127.0.0.1', '1');
            mkdir("$site->root/backstage");
            file_put_contents("$site->root/configuration.php", "\n\$customadminpath = 'backstage';\n", FILE_APPEND);
            $site->client();
            Check::same(1, substr_count($site->errorLog('backstage'), "\n"));
            Check::same('', $site->errorLog());
        },
        "$module: an accepted order of its product is signed up once, and another product's by the hook" => static function () use ($module): void {
            $site = new BackupSite($module);
            $site->hooks(ORDER_RESELLER);
            $site->product();
            $site->client();
            Check::same([], $site->accounts(), 'the other line is not active');
            $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');
            $site->whmcs('accept', '--order', '1');
            Check::same(1, count($site->accounts()));
            $state = json_decode((string) file_get_contents("$site->url/_sim/state"), true);
            Check::same(1, $state['signups_asked']);
            $site->whmcs('product:add', '--module', '', '--name', 'Other');
            $site->client('bob@b.test');
            $site->whmcs('order', '--client', '2', '--product', '2', '--domain', 'a.test');
            $site->whmcs('accept', '--order', '2');
            Check::same(2, count($site->accounts()));
            // An upgrade of a service is no new client, nor is an add-on.
            $site->whmcs('sql', "INSERT INTO tblorders (id, userid, status) VALUES (81, 1, 'Pending'), (82, 1, 'Pending')");
            $site->whmcs('sql', "INSERT INTO tblupgrades (userid, orderid, type, relid) VALUES (1, 81, 'package', 1)");
            $site->whmcs('sql', 'INSERT INTO tblhostingaddons (userid, orderid, hostingid) VALUES (1, 82, 1)');
            $site->whmcs('accept', '--order', '81');
            $site->whmcs('accept', '--order', '82');
            Check::same(2, count($site->accounts()), 'nobody was signed up for an upgrade or an add-on');
            Check::same('', $site->errorLog());
        },
    ];
}

return $promises + [
    'settings in a file of their own survive an update and are the only ones that count' => static function (): void {
        $site = new BackupSite('backupserver');
        $shipped = (string) file_get_contents("$site->root/includes/hooks/whmcsHooks.php");
        $site->hooks('add_hook("ClientAdd",0,"SGSignupCustomer","");');
        $edited = (string) file_get_contents("$site->root/includes/hooks/whmcsHooks.php");
        Check::true(preg_match('/^\$protocal = .*^#?add_hook\("AcceptOrder",0,"SGSignupCustomer",""\);$/ms', $edited, $part) === 1, 'the part to copy');
        $own = "<?php\n\ndefined('WHMCS') || exit;\n\n$part[0]\n";
        file_put_contents("$site->root/includes/whmcsHooks.settings.php", $own);
        file_put_contents("$site->root/includes/hooks/whmcsHooks.php", $shipped);
        $site->client();
        Check::same(1, count($site->accounts()), $site->errorLog());
        Check::same('customer', $site->accounts()[0][0], 'the line of the shipped file is not active as well');
    },
    'a settings file that cannot be used ends no request, and one line for each client tells so' => static function (): void {
        $good = "<?php\n\$serverName = 'p1anted.example'; \$userName = 'admin'; \$loginPassword = 'p1anted';"
            . " add_hook('ClientAdd', 0, 'SGSignupReseller', '');";
        foreach ([
            'kept from PHP' => static fn (string $file) => file_put_contents($file, $good) && chmod($file, 0),
            'a link to nothing' => static fn (string $file) => symlink("$file.gone", $file),
            'a link into a closed folder' => static function (string $file) use ($good): void {
                mkdir("$file.d");
                file_put_contents("$file.d/a.php", $good);
                symlink("$file.d/a.php", $file);
                chmod("$file.d", 0);
            },
            'no PHP' => static fn (string $file) => file_put_contents($file, "<?php\n\$loginPassword = 'p1anted"),
            'a mistake in it' => static fn (string $file) => file_put_contents($file, "<?php\nadd_hok('p1anted');"),
            'a mistake after its lines' => static fn (string $file) => file_put_contents($file, "<?php\n"
                . "add_hook('ClientAdd', 0, 'SGSignupReseller', ''); add_hook('ClientAdd', 0, 'SGSignupCustomer', '');"
                . " add_hook('AcceptOrder', 0, 'SGSignupCustomer', ''); add_hok('p1anted');"),
            'a folder' => static fn (string $file) => mkdir($file),
            'a link out of open_basedir' => static function (string $file) use ($good): void {
                $other = Site::temporary('other');
                file_put_contents("$other/a.php", $good);
                symlink("$other/a.php", $file);
            },
        ] as $how => $make) {
            $root = Site::temporary('hooks');
            mkdir("$root/includes/hooks", 0755, true);
            mkdir("$root/admin");
            chmod("$root/admin", 0777);
            copy(dirname(__DIR__, 3) . '/php/includes/hooks/whmcsHooks.php', "$root/includes/hooks/whmcsHooks.php");
            $make("$root/includes/whmcsHooks.settings.php");
            file_put_contents("$root/request.php", '<?php ini_set("display_errors", "1"); define("WHMCS", true); $hooks = [];'
                . ' function add_hook($point, $priority, $function) { $GLOBALS["hooks"][$point][] = $function; }'
                . ' (static fn () => require __DIR__ . "/includes/hooks/whmcsHooks.php")();'
                . ' foreach ($hooks["ClientAdd"] ?? [] as $hook) { $hook(["client_id" => 7]); }'
                . ' foreach ($hooks["AcceptOrder"] ?? [] as $hook) { $hook(["orderid" => 8]); } echo "goes on";');
            $set = $how === 'a link out of open_basedir' ? ['-d', "open_basedir=$root"] : [];
            [, $said] = Site::run(Site::unprivileged(['php', ...$set, "$root/request.php"]));
            Check::same('goes on', $said, $how);
            $log = is_file("$root/admin/whmcs_error.log") ? (string) file_get_contents("$root/admin/whmcs_error.log") : '';
            Check::same(2, substr_count($log, "\n"), "$how: $log");
            Check::true(preg_match('/client_id=7 .* msg="includes\/whmcsHooks\.settings\.php cannot be .*order_id=8 /s', $log) === 1, "$how: $log");
            Check::lacks('p1anted', $log);
        }
    },
    'where the error log cannot be written the activity log says why nobody is signed up, whatever else is loaded' => static function (): void {
        $root = Site::temporary('hooks');
        mkdir("$root/includes/hooks", 0755, true); // There is no admin folder.
        copy(dirname(__DIR__, 3) . '/php/includes/hooks/whmcsHooks.php', "$root/includes/hooks/whmcsHooks.php");
        file_put_contents("$root/includes/whmcsHooks.settings.php", '<?php $serverName = ');
        $request = static fn (string $log): string => '<?php define("WHMCS", true); $hooks = [];'
            . " function logActivity(\$text) { $log }"
            . ' function add_hook($point, $priority, $function) { $GLOBALS["hooks"][$point][] = $function; }'
            . ' (static fn () => require __DIR__ . "/includes/hooks/whmcsHooks.php")();'
            . ' foreach ($hooks["ClientAdd"] ?? [] as $hook) { $hook(["client_id" => 7]); } echo "goes on";';
        file_put_contents("$root/request.php", $request('echo $text, "\n";'));
        [, $said] = Site::run(['php', "$root/request.php"]);
        Check::contains('client_id=7', $said);
        Check::contains('whmcsHooks.settings.php cannot be used', $said);
        Check::contains('goes on', $said);
        file_put_contents("$root/request.php", $request('throw new RuntimeException("full");'));
        Check::same('goes on', Site::run(['php', "$root/request.php"])[1]);
    },
    'settings without the server are told, and sign nobody up' => static function (): void {
        $site = new BackupSite('backupserver', false);
        $file = "$site->root/includes/hooks/whmcsHooks.php";
        $text = (string) file_get_contents($file);
        file_put_contents($file, str_replace("\$userName = '';", "\$userName = 'admin';", $text));
        $site->client();
        Check::contains('$serverName is empty', $site->errorLog());
    },

    'unconfigured hooks do nothing and say nothing' => static function (): void {
        $site = new BackupSite('backupserver', false);
        $site->client();
        Check::same('', $site->errorLog());
        Check::same([], $site->sql("SELECT * FROM tblactivitylog WHERE description LIKE '%Provisor%'"));
        $lines = ['add_hook("ClientAdd",0,"SGSignupReseller","");', '#add_hook("ClientAdd",0,"SGSignupCustomer","");',
            '#add_hook("AcceptOrder",0,"SGSignupReseller","");', '#add_hook("AcceptOrder",0,"SGSignupCustomer","");'];
        Check::contains("\n" . implode("\n", $lines) . "\n", (string) file_get_contents("$site->root/includes/hooks/whmcsHooks.php"));
    },
];
