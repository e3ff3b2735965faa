<?php

declare(strict_types=1);

namespace Provisor\Hazards;

/**
 * One installation: a WHMCS root with our files on a database of its own, and a control panel. Drives both as people
 * and crons do, each action in a PHP process of its own, and looks at what came of it.
 */
final class World
{
    public static string $folder = '';
    public static string $socket = '';
    public static string $lib = '';
    public static string $simulator = '';
    public static string $database = '';
    public static bool $quick = false;
    public static int $seed = 0;

    /** @var list<self> */
    private static array $all = [];

    public readonly string $root;
    public Panel $panel;
    public string $zone = 'Europe/Berlin';

    /** @var list<string> settings for php -d */
    public array $php = [];

    /** @var list<resource> web servers */
    private array $servers = [];
    private string $now;
    private string $base;
    private ?\PDO $pdo = null;
    private int $outputs = 0;

    /** @param array<string, int> $limits for config.php */
    public function __construct(string $now = '2026-01-10T08:00:00Z', array $limits = [], string $accessHash = '')
    {
        $this->base = self::$folder . '/w' . count(self::$all);
        $this->root = "$this->base/root";
        $this->now = $now;
        self::$all[] = $this;
        mkdir($this->root, 0755, true);
        $this->panel = new Panel($now);
        $database = self::$database === 'sqlite' ? 'sqlite'
            : 'mysql:socket=' . self::$socket . ";dbname={$this->schema()};user=whmcs";
        $this->do('install', '--modules', dirname(__DIR__, 3) . '/php', '--db', $database);
        $lib = "$this->root/includes/provisor/lib/linux-" . php_uname('m');
        is_dir($lib) || mkdir($lib, 0755, true);
        foreach (['libprovisor.so', 'provisor'] as $file) {
            copy(self::$lib . "/$file", "$lib/$file");
            chmod("$lib/$file", 0755);
        }
        $this->limits($limits);
        $this->setting('StandInNow', $now);
        $this->do('server:add', '--name', 'Cloud', '--ip', '127.0.0.1', '--hostname', 'localhost', '--port',
            (string) $this->panel->port, '--username', $this->panel->user, '--password', $this->panel->password,
            '--accesshash', $accessHash);
    }

    public static function closeAll(): void
    {
        foreach (self::$all as $world) {
            $world->close();
        }
    }

    public function close(): void
    {
        foreach ($this->servers as $server) {
            proc_terminate($server);
            proc_close($server);
        }
        $this->servers = [];
        $this->pdo = null;
        $this->panel->close();
        if (getenv('HAZARDS_KEEP') === false) {
            exec('rm -rf ' . escapeshellarg($this->base));
        }
    }

    private function schema(): string
    {
        return 'h_' . preg_replace('/\W/', '_', basename(self::$folder) . basename($this->base));
    }

    /** @param array<string, int> $limits */
    public function limits(array $limits): void
    {
        file_put_contents("$this->root/includes/provisor/config.php", '<?php return '
            . var_export(['limits' => $limits], true) . ";\n");
    }

    // ---------------------------------------------------------------- what staff and clients do

    /** A product of 1000 MB with 0.02 per MB above, set up when its order is accepted. */
    public function product(string ...$more): int
    {
        $slots = [1 => '1', '1', '1024', '0,1', '1', '1', '50', '', '1,0', 'on,0', '20,0', 18 => '1'];
        $words = [];
        foreach ($slots as $slot => $value) {
            array_push($words, '--option', "$slot=$value");
        }
        return (int) $this->do('product:add', '--name', 'Cloud VM', '--autosetup', 'on', '--overages', '--bw-limit',
            '1000', '--bw-price', '0.02', ...$words, ...$more);
    }

    public function client(string $email): int
    {
        return (int) $this->do('client:add', '--email', $email, '--first', 'Ada', '--last', 'Lovelace');
    }

    /** Orders, and has staff accept. @return int the service */
    public function order(int $client, int $product, string $domain, string ...$more): int
    {
        $placed = $this->json('order', '--client', (string) $client, '--product', (string) $product, '--domain',
            $domain, ...$more);
        $this->try('accept', '--order', (string) $placed['order']);
        return (int) $placed['service'];
    }

    /** A service whose VM is built and settled. */
    public function running(string $domain = 'vm.example.com', string $email = 'ada@example.com'): int
    {
        $service = $this->order($this->client($email), $this->product(), $domain);
        $this->advance(1800);
        $this->cron();
        return $service;
    }

    public function advance(int $seconds): void
    {
        $this->clock(gmdate('Y-m-d\TH:i:s\Z', strtotime($this->now) + $seconds));
    }

    /** Moves the panel's clock and WHMCS's. */
    public function clock(string $now): void
    {
        $this->now = $now;
        $this->panel->post('clock', ['to' => $now]);
        $this->setting('StandInNow', $now);
    }

    public function now(): string
    {
        return $this->now;
    }

    /** Random transfer of a service's VM in a span, about 2 KB for each KB asked, an idle hour now and then. */
    public function traffic(int $service, string $from, string $to, int $kbPerHour = 3000): void
    {
        $this->panel->post('traffic', ['vm' => $this->vmOf($service), 'from' => $from, 'to' => $to,
            'kb_per_hour' => $kbPerHour, 'random' => true]);
    }

    public function vmOf(int $service): int
    {
        return (int) $this->value('SELECT vm_id FROM tblonappservices WHERE service_id = ' . $service);
    }

    // ---------------------------------------------------------------- processes

    /** @return array{int, string} exit code (a signal as 128 + number), both outputs */
    public function try(string $command, string ...$words): array
    {
        return $this->wait($this->start($command, ...$words));
    }

    public function do(string $command, string ...$words): string
    {
        [$code, $output] = $this->try($command, ...$words);
        if ($code !== 0) {
            throw new \RuntimeException("whmcs $command ended with $code: $output");
        }
        return rtrim($output, "\n");
    }

    public function json(string $command, string ...$words): mixed
    {
        return json_decode($this->do($command, ...[...$words, '--json']), true);
    }

    public function module(int $service, string $action, string ...$more): string
    {
        return trim($this->try('module', '--service', (string) $service, '--action', $action, ...$more)[1]);
    }

    /** @return array{process: resource, output: string} */
    public function start(string $command, string ...$words): array
    {
        return $this->spawn([dirname(__DIR__, 2) . '/whmcs/whmcs', $command, '--root', $this->root, ...$words]);
    }

    /** @return array{process: resource, output: string} */
    public function startCron(): array
    {
        return $this->spawn(['-q', "$this->root/modules/servers/onapp/cron_bandwidth.php"]);
    }

    /** Runs cron_bandwidth.php; its output. */
    public function cron(): string
    {
        return $this->wait($this->startCron())[1];
    }

    /** @param list<string> $words of php @return array{process: resource, output: string} */
    public function spawn(array $words): array
    {
        $output = "$this->base/out" . ++$this->outputs;
        $settings = [];
        foreach (["date.timezone=$this->zone", 'log_errors=1', "error_log=$this->base/php_errors.log",
            ...$this->php] as $setting) {
            array_push($settings, '-d', $setting);
        }
        $process = proc_open(
            [PHP_BINARY, ...$settings, ...$words],
            [['file', '/dev/null', 'r'], ['file', $output, 'w'], ['redirect', 1]],
            $pipes
        );
        return ['process' => $process, 'output' => $output];
    }

    /** @param array{process: resource, output: string} $started @return array{int, string} */
    public function wait(array $started): array
    {
        while (($status = proc_get_status($started['process']))['running']) {
            usleep(1000);
        }
        proc_close($started['process']);
        return [$status['signaled'] ? 128 + $status['termsig'] : $status['exitcode'],
            (string) file_get_contents($started['output'])];
    }

    /** Runs one job to its end. */
    public function job(string $job): string
    {
        return $this->wait($this->spawn(['-r', "require '$this->root/init.php';"
            . " require_once '$this->root/includes/provisor/load.php'; Provisor\\Job::run('$job', []);"]))[1];
    }

    /** Runs a job until it asks for the op the nth time, and ends before that is done: a kill at a chosen place. */
    public function until(string $op, string $job, int $nth = 1): string
    {
        return $this->wait($this->spawn([__DIR__ . '/until.php', $this->root, $job, '{}', $op, (string) $nth]))[1];
    }

    /** The passwords of OnApp users and of services, unsealed as WHMCS does. @return list<string> */
    public function revealed(): array
    {
        $code = "require '$this->root/init.php';" . <<<'PHP'
            foreach (['tblonappclients', 'mod_provisor_user_intents', 'tblhosting'] as $table) {
                foreach (WHMCS\Database\Capsule::table($table)->pluck('password') as $sealed) {
                    echo decrypt((string) $sealed), "\n";
                }
            }
            PHP;
        exec(escapeshellarg(PHP_BINARY) . ' -r ' . escapeshellarg($code), $lines);
        return array_values(array_unique(array_filter($lines)));
    }

    /** Everything that any process printed or logged outside the database. @return array<string, string> by file */
    public function texts(): array
    {
        $texts = [];
        foreach ([...(glob("$this->base/out*") ?: []), "$this->base/php_errors.log",
            ...(glob("$this->root/storage/*.log") ?: []), ...(glob("$this->base/page*") ?: [])] as $file) {
            if (is_file($file)) {
                $texts[basename($file)] = (string) file_get_contents($file);
            }
        }
        return $texts;
    }

    /** @return list<string> the lines that `whmcs serve` prints: addresses, already logged in */
    public function serve(): array
    {
        $words = [dirname(__DIR__, 2) . '/whmcs/whmcs', 'serve', '--root', $this->root, '--php', 'ffi.enable=true',
            '--php', 'log_errors=1', '--php', "error_log=$this->root/storage/php_web.log"];
        $server = proc_open([PHP_BINARY, ...$words], [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', '/dev/null',
            'w']], $pipes);
        $this->servers[] = $server;
        $lines = [];
        while (($line = fgets($pipes[1])) !== false && !str_starts_with($line, 'Ctrl-C')) {
            $lines[] = rtrim($line);
        }
        return $lines;
    }

    public function fetch(string $url): string
    {
        $handle = curl_init($url);
        curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_FOLLOWLOCATION => true, CURLOPT_PROXY => '',
            CURLOPT_COOKIEFILE => "$this->base/jar", CURLOPT_COOKIEJAR => "$this->base/jar", CURLOPT_TIMEOUT => 30]);
        $page = (string) curl_exec($handle);
        curl_close($handle);
        file_put_contents("$this->base/page" . ++$this->outputs, $page);
        return $page;
    }

    // ---------------------------------------------------------------- looking

    /** @return list<array<string, ?string>> */
    public function sql(string $sql): array
    {
        return $this->database()->query($sql)->fetchAll(\PDO::FETCH_ASSOC);
    }

    public function value(string $sql): ?string
    {
        $value = $this->database()->query($sql)->fetchColumn();
        return $value === false || $value === null ? null : (string) $value;
    }

    public function run(string $sql): int
    {
        return (int) $this->database()->exec($sql);
    }

    public function setting(string $name, string $value): void
    {
        $this->database()->prepare('UPDATE tblconfiguration SET value = ? WHERE setting = ?')->execute([$value, $name]);
    }

    private function database(): \PDO
    {
        return $this->pdo ??= new \PDO(
            self::$database === 'sqlite' ? "sqlite:$this->root/storage/whmcs.sqlite"
                : 'mysql:unix_socket=' . self::$socket . ";dbname={$this->schema()};charset=utf8mb4",
            self::$database === 'sqlite' ? null : 'whmcs',
            '',
            [\PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION, \PDO::ATTR_STRINGIFY_FETCHES => true,
                \PDO::ATTR_TIMEOUT => 30]
        );
    }

    /** @return list<array<string, ?string>> invoices of the module with `total` and `lines`, oldest first */
    public function invoices(string $which = "status <> 'Draft'"): array
    {
        return $this->sql("SELECT * FROM tblinvoices WHERE $which ORDER BY id");
    }

    /** @return list<array<string, ?string>> */
    public function periods(int $service = 0): array
    {
        return $this->sql('SELECT * FROM mod_provisor_periods' . ($service === 0 ? '' : " WHERE service_id = $service")
            . ' ORDER BY service_id, period');
    }

    /**
     * What should have been billed, computed from the panel's truth by another program with other arithmetic.
     *
     * @param array<int, list<int>> $vms service => VM ids it had
     * @return array<int, list<array{index: int, start: string, end: string, kb: string, amount: string}>> by service
     */
    public function truth(array $vms, string $regdate, string $zone = 'Europe/Berlin', string $until = ''): array
    {
        $file = "$this->base/truth.json";
        $given = json_encode(['vms' => $vms, 'zone' => $zone, 'regdate' => $regdate, 'until' => $until ?: $this->now,
            'included_mb' => '1000', 'price' => '0.02']);
        $state = file_get_contents("{$this->panel->url}/_sim/state");
        file_put_contents($file, substr((string) $given, 0, -1) . ",\"state\":$state}");
        exec('python3 ' . escapeshellarg(__DIR__ . '/truth.py') . ' < ' . escapeshellarg($file), $lines, $status);
        if ($status !== 0) {
            throw new \RuntimeException('truth.py failed');
        }
        return json_decode(implode('', $lines), true);
    }

    /**
     * The heart of it: each period of the truth has exactly one published invoice with the true amount, nothing else is
     * published, nothing is left half done.
     *
     * @param array<int, list<array{index: int, start: string, end: string, kb: string, amount: string}>> $truth
     */
    public function billedOnce(array $truth, string $what = ''): void
    {
        $published = [];
        foreach ($this->invoices() as $invoice) {
            preg_match('/\[(onapp-\d+-\d+)\]/', (string) $invoice['notes'], $found);
            $published[$found[1] ?? "without a reference: $invoice[id] $invoice[notes]"][] = $invoice['subtotal'];
        }
        $expected = [];
        $kb = [];
        foreach ($truth as $service => $periods) {
            foreach ($periods as $period) {
                $expected["onapp-$service-$period[index]"] = [$period['amount']];
                $kb["$service-$period[index]"] = [$period['start'], $period['end'], $period['kb']];
            }
        }
        $round = static fn (array $amounts) => array_map(static fn (string $a) => number_format((float) $a, 2, '.', ''),
            $amounts);
        $published = array_map($round, $published);
        ksort($published);
        ksort($expected);
        $what = $what === '' ? '' : " ($what)";
        Promise::holds(array_sum(array_map(count(...), $expected)) > 0, "something was due$what");
        Promise::same($expected, $published, 'each period due has exactly one published invoice, with the true amount'
            . $what);
        $stored = [];
        foreach ($this->periods() as $row) {
            $stored["$row[service_id]-$row[period]"] = [$row['start_at'], $row['end_at'], $row['billed_kb']];
        }
        ksort($stored);
        ksort($kb);
        Promise::same($kb, $stored, "periods and billed KB are the truth's$what");
        $open = $this->sql("SELECT service_id, period, state, note FROM mod_provisor_periods WHERE state <> 'published'");
        Promise::same([], $open, "no period is left half done or parked$what");
        $loose = $this->sql("SELECT id, notes FROM tblinvoices WHERE status = 'Draft'"
            . " AND notes NOT LIKE 'Not to be published%'");
        Promise::same([], $loose, "drafts that are left say that they are not to be published$what");
    }
}
