<?php

/**
 * The set-up page of SingleHop (php/modules/servers/singlehop/README.md) walked through step by step on the WHMCS stand-in,
 * with the simulated LEAP of either generation on a socket.
 */

declare(strict_types=1);

namespace Provisor\Tests;

/** A stand-in with a LEAP, both on 20 January 2026 at noon. */
final class LeapSite
{
    public const NOW = '2026-01-20T12:00:00Z';

    public readonly string $root;

    /** @var array<string, string> how LEAP introduced itself */
    public readonly array $leap;

    /** @var resource|null */
    private $process;

    /** @var array<int, resource> */
    private array $pipes = [];

    public function __construct()
    {
        $this->root = Site::temporary('leap');
        $this->whmcs('install', '--modules', Site::make());
        chmod(Site::binaries($this->root) . '/provisor', 0755);
        $this->whmcs('clock', '--set', self::NOW);
        $target = getenv('CARGO_TARGET_DIR') ?: dirname(__DIR__, 3) . '/target';
        $this->process = proc_open(
            ["$target/debug/provisor-simulator", '--leap', '127.0.0.1:0', '--with-parent', '--start', self::NOW],
            [['pipe', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']],
            $this->pipes
        ) ?: null;
        $this->leap = json_decode((string) fgets($this->pipes[1]), true) ?? [];
        Check::true(isset($this->leap['url']), 'the simulator is built: cargo build --workspace');
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

    /** What the module said to one of WHMCS's commands on the service, or to one of its own buttons. */
    public function press(string $button): string
    {
        $own = ['Reboot' => 'staffreboot', 'Get Server IP' => 'ips', 'Check Connection' => 'test'];
        $words = isset($own[$button]) ? ['custom', '--function', $own[$button]] : [strtolower($button)];
        return trim($this->try('module', '--service', '1', '--action', ...$words)[1]);
    }

    /** Runs PHP inside WHMCS, with the module and, once it is ordered, the service's parameters; returns what it answers. */
    public function inside(string $code): mixed
    {
        $file = "$this->root/code.php";
        file_put_contents($file, "<?php chdir('$this->root'); require 'init.php';"
            . " require_once 'modules/servers/singlehop/singlehop.php';"
            . " \$ordered = WHMCS\\Database\\Capsule::table('tblhosting')->find(1) !== null;"
            . ' $params = $ordered ? StandIn\Modules\Params::forService(1) : [];'
            . " echo json_encode((static function (\$params) { $code })(\$params));");
        [, $said] = Site::run(['php', $file]);
        unlink($file);
        $answer = json_decode($said, true);
        Check::true($answer !== null || trim($said) === 'null', "PHP answered JSON: $said");
        return $answer;
    }

    /** The row SingleHop Servers List of the service's tab. */
    public function list(): string
    {
        return $this->inside('return singlehop_AdminServicesTabFields($params);')['SingleHop Servers List'] ?? '';
    }

    /** Save Changes with a server chosen; answers what the tab tells of it. */
    public function select(string $server): string
    {
        $rows = $this->inside("\$_POST['provisor'] = ['server' => '$server']; singlehop_AdminServicesTabFieldsSave(\$params);"
            . ' return singlehop_AdminServicesTabFields($params);');
        return strip_tags($rows['Last action'] ?? '');
    }

    /** The service has had its server for longer than both months. */
    public function longHeld(): void
    {
        $this->whmcs('sql', 'UPDATE mod_provisor_singlehop SET assigned_at = NULL');
    }

    /** @return array<string, ?string> the service as WHMCS has it */
    public function service(): array
    {
        return json_decode($this->whmcs('sql', 'SELECT * FROM tblhosting WHERE id = 1', '--json'), true)[0];
    }

    /** @param array<mixed>|null $body @return array<mixed> */
    public function control(string $path, ?array $body = null): array
    {
        $http = $body === null ? [] : ['method' => 'POST', 'content' => json_encode($body), 'header' => 'Content-Type: application/json'];
        $answer = file_get_contents($this->leap['url'] . "/_sim/$path", false, stream_context_create(['http' => $http]));
        return json_decode((string) $answer, true);
    }

    /** @return array<string, mixed> */
    public function server(string $id): array
    {
        return $this->control('state')['servers'][$id];
    }

    /** Step 3: the product. @param array<int, string> $set slots */
    public function product(string $generation, array $set = []): void
    {
        $base = $this->leap['url'] . ($generation === 'legacy' ? $this->leap['legacy_path'] : '');
        $slots = $set + [1 => $this->leap['user'], 2 => $this->leap['password'], 3 => $this->leap['tandem_user'],
            4 => $this->leap['tandem_password'], 5 => $this->leap['api_key'], 6 => $generation, 7 => $base, 8 => 'endpoint',
            9 => 'unassign', 10 => 'on', 11 => 'bytes'];
        $words = [];
        foreach ($slots as $slot => $value) {
            array_push($words, '--option', "$slot=$value");
        }
        $this->whmcs('product:add', '--module', 'singlehop', '--name', 'Dedicated', '--autosetup', '', ...$words);
    }
}

/** 12 000 bytes received and 60 000 sent a second, as WHMCS's whole MB: what the simulated 100042 had since the 1st. */
function megabytes(float $days): string
{
    return (string) (int) round(72_000 * 86_400 * $days / 1024 / 1024);
}

$promises = [];
foreach (['leap3', 'legacy'] as $generation) {
    $promises["$generation: the set-up page leads to a server that is sold, managed and reported"] = static function () use ($generation): void {
        $site = new LeapSite();

        // Step 3: the settings are those of the table, the module needs no server record.
        $fields = $site->inside('return singlehop_ConfigOptions();');
        Check::same(['LEAP username', 'LEAP password', 'Tandem username', 'Tandem password', 'API key', 'API generation',
            'Base address', 'Suspend by', 'Terminate by', 'Client may reboot', 'Bandwidth unit'],
            array_slice(array_column($fields, 'FriendlyName'), 0, 11));
        Check::same(false, $site->inside('return singlehop_MetaData();')['RequiresServer']);
        $site->product($generation);
        $site->whmcs('client:add', '--email', 'ann@acme.test');
        $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');

        // Step 4: the connection.
        Check::same('success', $site->press('Check Connection'));
        $list = $site->list();
        foreach (['None', 'web1.example.com (100042', 'db1.example.com (000017', 'vm1.example.com (000201'] as $choice) {
            Check::contains($choice, $list);
        }
        Check::lacks('mail1.example.com', $list);

        // Step 5: Create succeeds only with a server selected, and otherwise repeats the steps.
        $said = $site->press('Create');
        foreach (['Add Server Permissions', 'SingleHop Servers List', 'Save Changes'] as $step) {
            Check::contains($step, $said);
        }
        Check::same('Pending', $site->service()['domainstatus']);
        $site->control('tandem', ['user' => 5001, 'action' => 'grant', 'server' => '100043']);
        Check::contains('mail1.example.com (100043', $site->list());
        Check::same('Server web1.example.com (100042) is selected.', $site->select('100042'));
        $service = $site->service();
        Check::same(['web1.example.com', '192.0.2.10'], [$service['domain'], $service['dedicatedip']]);
        Check::true($service['username'] !== '', 'the username is filled in');
        Check::same('success', $site->press('Create'));
        Check::same('Active', $site->service()['domainstatus']);

        // Step 6: staff.
        Check::same('success', $site->press('Reboot'));
        Check::same(1, $site->server('100042')['reboots']);
        Check::contains('a moment ago', $site->press('Reboot'));
        Check::same(1, $site->server('100042')['reboots'], 'restarts within the cool-down');
        Check::same('success', $site->press('Get Server IP'));
        $tab = $site->inside('return singlehop_AdminServicesTabFields($params);');
        Check::contains('192.0.2.11', $tab['Server IP'] ?? json_encode($tab));
        foreach (['Suspend' => true, 'Unsuspend' => false] as $button => $suspended) {
            Check::same('success', $site->press($button));
            Check::same($suspended, $site->server('100042')['suspended'], $button);
        }

        $site->longHeld();
        // The daily cron: this month into WHMCS's own column, in MB; again the next month, when the clocks have moved.
        $site->whmcs('cron', '--now', LeapSite::NOW);
        Check::same(megabytes(19.5), (string) (int) $site->service()['bwusage'], 'bandwidth of 1 to 20 January');
        $site->control('clock', ['to' => '2026-02-03T06:00:00Z']);
        $site->whmcs('cron', '--now', '2026-02-03T06:00:00Z');
        if ($generation === 'leap3') {
            Check::same(megabytes(2.25), (string) (int) $site->service()['bwusage'], 'bandwidth of 1 to 3 February');
        } else {
            Check::true((int) $site->service()['bwusage'] > 0, 'bandwidth is not 0');
        }

        // Terminate by unassign: the service forgets the server, LEAP is asked nothing.
        Check::same('success', $site->press('Terminate'));
        Check::same('Terminated', $site->service()['domainstatus']);
        Check::same([], $site->control('state')['cancellations']);

        // No secret in any log.
        $logs = $site->whmcs('sql', 'SELECT * FROM tblactivitylog', '--json') . $site->whmcs('sql', 'SELECT * FROM tblmodulelog', '--json');
        foreach (['password', 'tandem_password', 'api_key'] as $secret) {
            Check::lacks($site->leap[$secret], $logs);
        }
    };
}

return $promises + [
    'wrong details read as the set-up page says, beside the list and for the check' => static function (): void {
        $site = new LeapSite();
        $site->product('leap3', [4 => 'wrong']);
        $site->whmcs('client:add', '--email', 'ann@acme.test');
        $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');
        Check::contains('API Error: Authentication Error', $site->list());
        Check::contains('API Error: Authentication Error', $site->press('Check Connection'));
    },
    'the daily report says which service failed and goes on' => static function (): void {
        $site = new LeapSite();
        $site->product('leap3');
        $site->whmcs('client:add', '--email', 'ann@acme.test');
        $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');
        $site->select('100042');
        $site->press('Create');
        $site->longHeld();
        $site->control('mode', ['fail' => 'php_fatal', 'on' => ['bandwidth']]);
        $site->whmcs('cron', '--now', LeapSite::NOW);
        Check::contains('1 failed', $site->whmcs('sql', 'SELECT description FROM tblactivitylog', '--json'));
        Check::same('0', (string) (int) $site->service()['bwusage']);
    },
    'the run of a month\'s last day bills the month of WHMCS\'s own date, wherever its zone is set' => static function (): void {
        foreach (['', 'Europe/Berlin'] as $file) {
            $site = new LeapSite();
            $zone = "\ndate_default_timezone_set('America/New_York');\n";
            file_put_contents("$site->root/configuration.php", $zone, FILE_APPEND);
            if ($file !== '') {
                $config = "$site->root/modules/servers/singlehop/config.json";
                file_put_contents($config, json_encode(['zone' => $file]));
            }
            $site->product('leap3');
            $site->whmcs('sql', "UPDATE tblproducts SET overagesenabled = '1,MB,MB', overagesbwlimit = 1000, overagesbwprice = 0.01");
            $site->whmcs('sql', "UPDATE tblconfiguration SET value = 'on' WHERE setting = 'OverageBilling'");
            $site->whmcs('client:add', '--email', 'ann@acme.test');
            $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');
            $site->select('100042');
            $site->press('Create');
            $site->longHeld();
            // 20:30 on the 30th and on the 31st in New York.
            foreach (['2026-01-31T01:30:00Z', '2026-02-01T01:30:00Z'] as $now) {
                $site->control('clock', ['to' => $now]);
                $site->whmcs('cron', '--now', $now);
            }
            Check::same(megabytes(31), (string) (int) $site->service()['bwusage'], "config.json: $file");
            $lines = "SELECT amount FROM tblinvoiceitems WHERE description LIKE '%Overage%'";
            $billed = json_decode($site->whmcs('sql', $lines, '--json'), true);
            $expected = number_format(((int) megabytes(31) - 1000) / 100, 2, '.', '');
            Check::same([$expected], array_map(static fn ($line) => number_format((float) $line['amount'], 2, '.', ''), $billed));
        }
    },
    'a month in which the service has no server has no figure of the month before' => static function (): void {
        $site = new LeapSite();
        $site->product('leap3');
        $site->whmcs('client:add', '--email', 'ann@acme.test');
        $site->whmcs('order', '--client', '1', '--product', '1', '--domain', '');
        $site->select('100042');
        $site->press('Create');
        $site->longHeld();
        $site->whmcs('cron', '--now', LeapSite::NOW);
        $january = megabytes(19.5);
        Check::same($january, (string) (int) $site->service()['bwusage']);
        $site->select('');
        $used = static function (string $now) use ($site): string {
            $site->control('clock', ['to' => $now]);
            $site->whmcs('cron', '--now', $now);
            return (string) (int) $site->service()['bwusage'];
        };
        Check::same($january, $used('2026-01-30T06:00:00Z'), 'what it used in January is January\'s');
        Check::same('0', $used('2026-02-15T06:00:00Z'), 'February');
    },
];
