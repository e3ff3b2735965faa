<?php

declare(strict_types=1);

namespace Provisor\Hazards;

/** Starts the MariaDB server and each case in a process of its own, some at a time; counts what they print. */
final class Runner
{
    /**
     * Which cases run where: MariaDB is what WHMCS runs on; SQLite differs where transactions matter. The first is the
     * one that a quick run takes where it takes one.
     */
    private const WHERE = [
        'kill' => ['mariadb'],
        'invoices' => ['mariadb', 'sqlite'],
        'secrets' => ['mariadb'],
        'one_vm' => ['mariadb', 'sqlite'],
        'calendar' => ['sqlite', 'mariadb'],
        'host' => ['mariadb', 'sqlite'],
        'panel_down' => ['sqlite', 'mariadb'],
        'suspend' => ['mariadb', 'sqlite'],
        'no_ffi' => ['sqlite', 'mariadb'],
        'year' => ['mariadb', 'sqlite'],
    ];

    /** What a quick run does on both databases. */
    private const BOTH = ['host'];

    private string $folder = '';
    private bool $server = false;
    private int $passed = 0;
    private int $failed = 0;

    /** @var array<int, array{name: string, process: resource, output: string}> */
    private array $running = [];

    /** @param array<string, string> $options */
    private function __construct(private array $options)
    {
    }

    /** @param list<string> $words */
    public static function main(array $words): int
    {
        $options = ['db' => '', 'seed' => (string) (time() % 1_000_000), 'jobs' => '', 'lib' => '', 'simulator' => '',
            'quick' => ''];
        $cases = [];
        while (($word = array_shift($words)) !== null) {
            $name = substr($word, 2);
            if ($word === '--quick') {
                $options['quick'] = '1';
            } elseif (str_starts_with($word, '--') && isset($options[$name]) && $words !== []) {
                $options[$name] = (string) array_shift($words);
            } elseif (isset(self::WHERE[$word])) {
                $cases[] = $word;
            } else {
                $usage = (string) file_get_contents(dirname(__DIR__) . '/run');
                preg_match('~tests/hazards/run \[.*~', $usage, $line);
                fwrite(STDERR, "usage: {$line[0]}\ncases: " . implode(', ', array_keys(self::WHERE)) . "\n");
                return in_array($word, ['--help', '-h'], true) ? 0 : 2;
            }
        }
        $missing = self::find($options);
        if ($missing !== '') {
            fwrite(STDERR, "hazards: $missing\n");
            return 2;
        }
        return (new self($options))->all($cases ?: array_keys(self::WHERE));
    }

    /** @param array<string, string> $options */
    private static function find(array &$options): string
    {
        $root = dirname(__DIR__, 3);
        $options['lib'] = $options['lib'] ?: "$root/php/includes/provisor/lib/linux-" . php_uname('m');
        foreach (['libprovisor.so', 'provisor'] as $file) {
            if (!is_file("{$options['lib']}/$file")) {
                return "there is no {$options['lib']}/$file; build it with: tests/build-lib.sh DIR";
            }
        }
        $target = getenv('CARGO_TARGET_DIR') ?: "$root/target";
        foreach (array_filter([$options['simulator'], "$target/release/provisor-simulator",
            "$target/debug/provisor-simulator"]) as $file) {
            if (is_executable($file)) {
                $options['simulator'] = (string) realpath($file);
                $options['lib'] = (string) realpath($options['lib']);
                return '';
            }
        }
        return 'there is no provisor-simulator; build it with: cargo build --release -p provisor-simulator';
    }

    /** @param list<string> $cases */
    private function all(array $cases): int
    {
        $this->folder = sys_get_temp_dir() . '/provisor-hazards.' . getmypid();
        mkdir($this->folder, 0755);
        pcntl_async_signals(true);
        foreach ([SIGINT, SIGTERM, SIGHUP] as $signal) {
            pcntl_signal($signal, function (): void {
                $this->sweep();
                exit(2);
            });
        }
        echo "seed {$this->options['seed']}\n";
        try {
            $queue = [];
            foreach ($cases as $case) {
                $one = $this->options['quick'] !== '' && $this->options['db'] === '' && !in_array($case, self::BOTH, true);
                foreach (array_slice(self::WHERE[$case], 0, $one ? 1 : 2) as $database) {
                    if (in_array($this->options['db'], ['', $database], true)) {
                        $queue[] = [$case, $database];
                    }
                }
            }
            if (in_array('mariadb', array_column($queue, 1), true) && !$this->startServer()) {
                return 2;
            }
            $jobs = (int) ($this->options['jobs'] ?: min(3, max(1, (int) trim((string) shell_exec('nproc')))));
            while ($queue !== [] || $this->running !== []) {
                while ($queue !== [] && count($this->running) < $jobs) {
                    $this->start(...array_shift($queue));
                }
                $this->reap();
                usleep(20_000);
            }
        } finally {
            $this->sweep();
        }
        echo "{$this->passed} passed, {$this->failed} failed\n";
        return $this->failed === 0 && $this->passed > 0 ? 0 : 1;
    }

    private function startServer(): bool
    {
        exec(escapeshellarg(dirname(__DIR__, 2) . '/whmcs/mariadb') . ' start ' . escapeshellarg("$this->folder/m")
            . ' 2>&1', $said, $status);
        if ($status !== 0) {
            fwrite(STDERR, 'hazards: ' . implode("\n", $said) . "\n");
            return false;
        }
        return $this->server = true;
    }

    private function start(string $case, string $database): void
    {
        $number = count(glob("$this->folder/*.out") ?: []);
        $name = "$case, $database";
        $folder = "$this->folder/$case-$database";
        $output = "$this->folder/$number.out";
        mkdir($folder, 0755);
        $process = proc_open(
            [PHP_BINARY, __DIR__ . '/one.php', $case, $database, $folder,
                $database === 'mariadb' ? "$this->folder/m/s" : '', $this->options['seed'], $this->options['quick'],
                $this->options['lib'], $this->options['simulator']],
            [['file', '/dev/null', 'r'], ['file', $output, 'w'], ['redirect', 1]],
            $pipes
        );
        $this->running[] = ['name' => $name, 'process' => $process, 'output' => $output, 'since' => hrtime(true)];
    }

    private function reap(): void
    {
        foreach ($this->running as $i => $one) {
            $status = proc_get_status($one['process']);
            if ($status['running']) {
                continue;
            }
            unset($this->running[$i]);
            $text = (string) file_get_contents($one['output']);
            printf("\n# %s (%d s)\n%s", $one['name'], (hrtime(true) - $one['since']) / 1e9, $text);
            $this->passed += preg_match_all('/^ok\b/m', $text);
            $this->failed += preg_match_all('/^FAILED\b/m', $text);
            if ($status['exitcode'] > 1 || $status['signaled']) {
                echo "FAILED the case ended by itself\n";
                $this->failed++;
            }
        }
    }

    private function sweep(): void
    {
        foreach ($this->running as $one) {
            proc_terminate($one['process']);
            proc_close($one['process']);
        }
        $this->running = [];
        if ($this->server) {
            exec(escapeshellarg(dirname(__DIR__, 2) . '/whmcs/mariadb') . ' stop ' . escapeshellarg("$this->folder/m"));
            $this->server = false;
        }
        if (getenv('HAZARDS_KEEP') === false) {
            exec('rm -rf ' . escapeshellarg($this->folder));
        }
    }
}
