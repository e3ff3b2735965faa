<?php

/**
 * The pages of a virtual machine as a browser meets them: the WHMCS stand-in served over HTTP, with the simulated OnApp
 * control panel on a socket.
 */

declare(strict_types=1);

namespace Provisor\Tests;

/** A stand-in with a control panel, both on 20 January 2026 at noon, and one client with a machine that runs. */
final class VmSite
{
    public const NOW = '2026-01-20T12:00:00Z';

    public readonly string $root;
    public readonly string $service;

    /** @var array<string, string> how the panel introduced itself */
    public readonly array $panel;

    /** Where the pages are. */
    public readonly string $url;

    /** @var list<resource> */
    private array $processes = [];

    /** @var array<string, string> */
    private array $cookies = [];

    public function __construct()
    {
        $this->root = Site::temporary('vm');
        $this->whmcs('install', '--modules', Site::make());
        chmod(Site::binaries($this->root) . '/provisor', 0755);
        $this->whmcs('clock', '--set', self::NOW);
        $target = getenv('CARGO_TARGET_DIR') ?: dirname(__DIR__, 3) . '/target';
        $simulator = getenv('PROVISOR_SIMULATOR') ?: "$target/debug/provisor-simulator";
        $this->panel = json_decode($this->start([$simulator, '--onapp', '127.0.0.1:0', '--with-parent', '--start', self::NOW]), true)
            ?? [];
        Check::true(isset($this->panel['url']), 'the simulator is built: cargo build --workspace');
        $port = (string) parse_url($this->panel['url'], PHP_URL_PORT);
        $server = $this->whmcs('server:add', '--name', 'Cloud', '--hostname', '127.0.0.1', '--port', $port, '--username',
            $this->panel['user'], '--password', $this->panel['password']);
        $slots = [$server, '1', '1024', '0,1', '1', '1', '50', '', '1,0', 'on,0', '20,0'];
        $options = [18 => '1'];
        foreach ($slots as $n => $value) {
            $options[$n + 1] = $value;
        }
        $words = [];
        foreach ($options as $slot => $value) {
            array_push($words, '--option', "$slot=$value");
        }
        $product = $this->whmcs('product:add', '--module', 'onapp', '--name', 'Cloud VM', '--overages', '--bw-limit', '1000',
            '--bw-price', '0.02', ...$words);
        $this->whmcs('client:add', '--email', 'ada@example.test', '--first', 'Ada');
        $this->whmcs('client:add', '--email', 'eve@example.test', '--first', 'Eve');
        $ordered = json_decode($this->whmcs('order', '--client', '1', '--product', $product, '--domain', 'vm1.example.test', '--json'), true);
        $this->service = (string) $ordered['service'];
        Check::contains('success', $this->whmcs('module', '--service', $this->service, '--action', 'create'));
        $this->whmcs('sql', "UPDATE tblhosting SET domainstatus = 'Active' WHERE id = $this->service");
        $this->settle();
        $this->url = rtrim($this->start(['php', dirname(__DIR__, 2) . '/whmcs/whmcs', 'serve', '--root', $this->root]), "/\n");
    }

    public function __destruct()
    {
        foreach ($this->processes as $process) {
            proc_terminate($process, SIGTERM);
            proc_close($process);
        }
    }

    /** @param list<string> $command @return string its first line */
    private function start(array $command): string
    {
        $process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']], $pipes);
        $this->processes[] = $process;
        return trim((string) fgets($pipes[1]));
    }

    public function whmcs(string $command, string ...$words): string
    {
        [$status, $said] = Site::run(['php', dirname(__DIR__, 2) . '/whmcs/whmcs', $command, '--root', $this->root, ...$words]);
        Check::same(0, $status, "$command: $said");
        return trim($said);
    }

    /** Lets the panel finish what it is busy with, and settles. */
    public function settle(): void
    {
        $this->control('clock', ['advance_seconds' => 900]);
        $this->inside("Provisor\\Job::run('onapp.settle', []); return true;");
    }

    /** @param array<mixed>|null $body @return array<mixed> */
    public function control(string $path, ?array $body = null): array
    {
        $http = $body === null ? [] : ['method' => 'POST', 'content' => json_encode($body), 'header' => 'Content-Type: application/json'];
        $answer = file_get_contents($this->panel['url'] . "/_sim/$path", false, stream_context_create(['http' => $http]));
        return json_decode((string) $answer, true) ?? [];
    }

    /** Runs PHP inside WHMCS with the module and the service's parameters; returns what it answers. */
    public function inside(string $code): mixed
    {
        $file = "$this->root/code.php";
        file_put_contents($file, "<?php chdir('$this->root'); require 'init.php'; require_once 'modules/servers/onapp/onapp.php';"
            . " \$params = StandIn\\Modules\\Params::forService(" . (int) ($this->service ?? 0) . ');'
            . ' echo json_encode((static function ($params) { ' . $code . ' })($params));');
        [, $said] = Site::run(['php', $file]);
        unlink($file);
        $answer = json_decode($said, true);
        Check::true($answer !== null || trim($said) === 'null', "PHP answered JSON: $said");
        return $answer;
    }

    /** Logs a client in. */
    public function login(int $client): void
    {
        $this->cookies = [];
        $code = $this->inside("return StandIn\\Pages\\Session::oneTime('uid', $client);");
        $this->get("dologin.php?once=$code");
    }

    /** @return array{int, string, string} status, body, and where it leads */
    public function get(string $path, ?array $form = null): array
    {
        $head = 'Cookie: ' . implode('; ', array_map(static fn ($n, $v) => "$n=$v", array_keys($this->cookies), $this->cookies));
        $http = ['follow_location' => 0, 'ignore_errors' => true, 'timeout' => 60, 'header' => $head];
        if ($form !== null) {
            $http = ['method' => 'POST', 'content' => http_build_query($form),
                'header' => "$head\r\nContent-Type: application/x-www-form-urlencoded"] + $http;
        }
        $body = (string) file_get_contents("$this->url/$path", false, stream_context_create(['http' => $http]));
        $to = '';
        foreach ($http_response_header as $line) {
            if (preg_match('/^Set-Cookie: ([^=]+)=([^;]*)/i', $line, $found) === 1) {
                $this->cookies[$found[1]] = $found[2];
            }
            $to = preg_match('/^Location: (.*)$/i', $line, $found) === 1 ? trim($found[1]) : $to;
        }
        return [(int) substr($http_response_header[0], 9, 3), $body, $to];
    }

    public function page(string $action = ''): string
    {
        [$status, $body] = $this->get("clientarea.php?action=productdetails&id=$this->service"
            . ($action === '' ? '' : "&modop=custom&a=$action"));
        Check::same(200, $status, $body);
        return $body;
    }

    /** Presses a button of the page. @param array<string, string> $form @return array{int, string, string} */
    public function press(string $action, array $form = []): array
    {
        $page = $this->page();
        Check::same(1, preg_match('/name="token" value="([^"]+)"/', $page, $found), "the page has a token for $action");
        return $this->get("clientarea.php?action=productdetails&id=$this->service", ['token' => $found[1], 'modop' => 'custom',
            'a' => $action, 'provisor' => $form]);
    }

    /** @return array<string, mixed> the machine at the panel */
    public function vm(): array
    {
        $living = array_filter($this->control('state')['vms'], static fn (array $vm) => $vm['deleted_at'] === null);
        return array_values($living)[0] ?? [];
    }

    public function logs(): string
    {
        return $this->whmcs('sql', 'SELECT * FROM tblactivitylog', '--json') . $this->whmcs('sql', 'SELECT * FROM tblmodulelog', '--json');
    }
}

return [
    'a client sees the machine, restarts it, and reads when to try again' => static function (): void {
        $site = new VmSite();
        $site->login(1);
        $page = $site->page();
        foreach (['Your virtual machine', 'Running', '1024 MB', 'Debian 12 x64', '198.18.0.', 'Activity', 'Shut down', 'Open the console'] as $text) {
            Check::contains($text, $page);
        }
        Check::lacks('name="a" value="delete_vm"', $page, 'a running machine is not deleted');
        [$status, $page] = $site->press('reboot');
        Check::same(200, $status);
        Check::contains('The virtual machine is being restarted.', $page);
        Check::contains('Most end within a minute', $page);
        Check::lacks('name="a" value="reboot"', $page);
        // The button of an older page.
        [, $page] = $site->press('stop');
        Check::contains('Please try again in a minute', $page);
        Check::lacks('name="a" value="stop"', $page);
    },
    'the console leads to the panel, and no log has its address or a password' => static function (): void {
        $site = new VmSite();
        $site->whmcs('setting', '--set', 'ModuleDebugMode=on');
        $site->login(1);
        [$status, , $to] = $site->press('console');
        Check::same(303, $status);
        Check::true(str_starts_with($to, $site->panel['url'] . '/console_remote/'), $to);
        Check::lacks((string) strrchr($to, '/'), $site->logs());
        $before = $site->inside("return \$params['password'];");
        [, $page] = $site->press('reset_password');
        Check::contains('gets a new password', $page);
        $new = $site->inside("return \$params['password'];");
        Check::true($new !== $before && strlen($new) > 5, 'the service has the new password');
        $site->control('clock', ['advance_seconds' => 120]);
        Check::lacks($new, $site->page());
        Check::lacks($new, $site->logs());
    },
    'the form Change Password of the product page gives the machine what was typed, and WHMCS stores it' => static function (): void {
        $site = new VmSite();
        $site->whmcs('setting', '--set', 'ModuleDebugMode=on');
        $site->login(1);
        $type = static function (string $new) use ($site): string {
            preg_match('/name="token" value="([^"]+)"/', $site->page(), $found);
            return $site->get("clientarea.php?action=productdetails&id=$site->service", ['token' => $found[1] ?? '',
                'modulechangepassword' => 'true', 'newpw' => $new, 'confirmpw' => $new])[1];
        };
        $before = $site->inside("return \$params['password'];");
        $type('no good');
        Check::same($before, $site->inside("return \$params['password'];"), 'what does not fit is not stored');
        $type('Typed-by-me_7');
        Check::same('Typed-by-me_7', $site->inside("return \$params['password'];"));
        Check::lacks('Typed-by-me_7', $site->logs());
    },
    'a client releases an address and assigns another within what was bought' => static function (): void {
        $site = new VmSite();
        $site->inside("return WHMCS\\Database\\Capsule::table('tblproducts')->where('servertype', 'onapp')"
            . "->update(['configoption18' => '2']);");
        $site->login(1);
        $page = $site->page('addresses');
        foreach (['IP addresses', 'Included addresses', '198.18.0.', '255.255.252.0', '198.18.0.1', 'Not assigned yet: 1'] as $text) {
            Check::contains($text, $page);
        }
        Check::lacks('name="a" value="release_address"', $page, 'the only address stays');
        [, $page] = $site->press('assign_address', ['id' => 'primary']);
        Check::contains('The address is assigned.', $page);
        Check::contains('press Rebuild the network', $page);
        Check::same(2, count($site->vm()['ip_addresses']));
        Check::same(1, preg_match('/name="a" value="release_address"/', $page), $page);
        [, $page] = $site->press('assign_address', ['id' => 'primary']);
        Check::contains('has all addresses that were ordered', $page);
        Check::same(2, count($site->vm()['ip_addresses']));
        $join = (string) $site->vm()['addresses'][1]['join'];
        $site->page('addresses');
        [, $page] = $site->press('release_address', ['id' => $join]);
        Check::contains('The address is released.', $page);
        Check::same(1, count($site->vm()['ip_addresses']));
        [, $page] = $site->press('release_address', ['id' => '1 OR 1=1']);
        Check::contains('not on this page any more', $page);
        [, , $to] = $site->get("onapp.php?page=ipaddresses&id=$site->service");
        Check::same("clientarea.php?action=productdetails&id=$site->service&modop=custom&a=addresses", $to);
    },
    'another client, a link and a page without token change nothing' => static function (): void {
        $site = new VmSite();
        $site->login(1);
        $site->page('stop');
        [, $page] = $site->get("clientarea.php?action=productdetails&id=$site->service", ['modop' => 'custom', 'a' => 'stop']);
        Check::same(true, $site->vm()['booted'], $page);
        $site->login(2);
        [$status] = $site->get("clientarea.php?action=productdetails&id=$site->service&modop=custom&a=stop");
        Check::same(302, $status);
        Check::same(true, $site->vm()['booted']);
    },
    'a dead panel leaves the last known values and no buttons' => static function (): void {
        $site = new VmSite();
        $site->login(1);
        $site->page();
        $site->control('faults', [['kind' => 'reset_before', 'match' => ['path_prefix' => '/']]]);
        $page = $site->page();
        Check::contains('cannot be read at the moment. These are from 2026-01-20', $page);
        Check::contains('1024 MB', $page);
        Check::lacks('name="a" value="reboot"', $page);
    },
    'the list, the menu and the old addresses lead to the machines' => static function (): void {
        $site = new VmSite();
        $site->login(1);
        $name = '<img src=x onerror="a">' . str_repeat('x', 260) . '🦀';
        $site->inside("return WHMCS\\Database\\Capsule::table('tblhosting')->where('id', $site->service)->update(['domain' => '"
            . mb_substr(htmlspecialchars($name, ENT_QUOTES), 0, 250) . "']);");
        $list = $site->page('machines');
        Check::contains('Your virtual machines', $list);
        Check::contains('name="a" value="shutdown"', $list);
        Check::lacks('<img src=x', $list);
        Check::contains('&lt;img src=x', $list);
        [$status, , $to] = $site->get('onapp.php');
        Check::same([302, "clientarea.php?action=productdetails&id=$site->service&modop=custom&a=machines"], [$status, $to]);
        [, , $to] = $site->get("onapp.php?page=productdetails&id=$site->service&action=delete");
        Check::same("clientarea.php?action=productdetails&id=$site->service", $to);
        [, , $to] = $site->get('onapp.php?id=1%0d%0aX:y&page[]=z');
        Check::same("clientarea.php?action=productdetails&id=$site->service&modop=custom&a=machines", $to);
        $menu = static fn (int $client) => $site->inside("\$_SESSION['uid'] = $client; define('CLIENTAREA', true);"
            . " \$menu = new WHMCS\\View\\Menu\\Item('Primary Navbar'); StandIn\\Modules\\HookList::run('ClientAreaPrimaryNavbar', \$menu);"
            . " return \$menu->getChild('OnApp')?->getUri();");
        Check::same("clientarea.php?action=productdetails&id=$site->service&modop=custom&a=machines", $menu(1));
        Check::same(null, $menu(2), 'a client without a machine has no entry');
        $site->login(2);
        [, , $to] = $site->get('onapp.php');
        Check::same('clientarea.php?action=services', $to);
    },
    'staff see ids, what was ordered and what is there, and have a button for each action' => static function (): void {
        $site = new VmSite();
        $tab = $site->inside('return onapp_AdminServicesTabFields($params);');
        Check::contains('Running', $tab['State'] ?? json_encode($tab));
        Check::contains('as ordered', $tab['Ordered and there'] ?? json_encode($tab));
        Check::contains('log_items.list', $tab['State'] . json_encode($tab));
        $buttons = $site->inside('return onapp_AdminCustomButtonArray();');
        Check::same(13, count($buttons));
        foreach ($buttons as $label => $function) {
            Check::true($site->inside("return function_exists('onapp_$function');"), "$label has its function");
        }
        $site->whmcs('module', '--service', $site->service, '--action', 'custom', '--function', 'staffstop');
        $site->control('clock', ['advance_seconds' => 60]);
        Check::same(false, $site->vm()['booted']);
    },
    'every text of the pages is in both languages' => static function (): void {
        $folder = dirname(__DIR__, 3) . '/php/modules/servers/onapp/lang';
        $texts = [];
        foreach (['english', 'german'] as $language) {
            $_LANG = [];
            require "$folder/$language.php";
            $texts[$language] = $_LANG;
        }
        Check::same(array_keys($texts['english']), array_keys($texts['german']));
        $pages = new \RecursiveDirectoryIterator(dirname(__DIR__, 3) . '/src/module/onapp/page', \FilesystemIterator::SKIP_DOTS);
        $named = 0;
        /** @var \SplFileInfo $file */
        foreach (new \RecursiveIteratorIterator($pages) as $file) {
            preg_match_all('/"((?:vm|log|list|staff|backup|disk|cpu|traffic|ip|fw|upgrade)\.[a-z_]+)"/', (string) file_get_contents((string) $file), $found);
            $named += count($found[1]);
            foreach ($found[1] as $code) {
                Check::true(isset($texts['english'][$code]), "$code of " . $file->getFilename() . ' has a text');
            }
        }
        Check::true($named > 100, "$named texts are named by the pages");
    },
];
