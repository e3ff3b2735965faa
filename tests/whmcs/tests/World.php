<?php

/** One test's WHMCS root and the ways to drive and look at it, all through the command line as users do. */

declare(strict_types=1);

namespace StandInTests;

final class World
{
    /** @var list<resource> */
    private array $servers = [];

    public function __construct(public readonly string $root, public readonly string $database)
    {
    }

    public function isMariadb(): bool
    {
        return $this->database !== 'sqlite';
    }

    public function install(): void
    {
        mkdir($this->root);
        $this->do('install', '--modules', __DIR__ . '/modules-root', '--db', $this->database);
    }

    /** @return array{int, string, string} exit code (signals as 128 + number), output, errors */
    public function try(string $command, string ...$words): array
    {
        return $this->run([PHP_BINARY, dirname(__DIR__) . '/whmcs', $command, '--root', $this->root, ...$words]);
    }

    public function do(string $command, string ...$words): string
    {
        [$code, $output, $errors] = $this->try($command, ...$words);
        if ($code !== 0) {
            throw new \RuntimeException("whmcs $command ended with $code: $output$errors");
        }
        return rtrim($output, "\n");
    }

    public function json(string $command, string ...$words): mixed
    {
        return json_decode($this->do($command, ...[...$words, '--json']), true);
    }

    /** @return mixed the decoded answer, also of a refused call */
    public function api(string $command, string ...$words): mixed
    {
        return json_decode($this->try('api', $command, ...$words)[1], true);
    }

    /** @return list<array<string, ?string>> */
    public function sql(string $sql): array
    {
        return json_decode($this->do('sql', $sql, '--json'), true);
    }

    /** PHP code in a process that required init.php, as a module's entry file does; its output. */
    public function php(string $code): string
    {
        [$exit, $output, $errors] = $this->tryPhp($code);
        if ($exit !== 0) {
            throw new \RuntimeException("php ended with $exit: $output$errors");
        }
        return $output;
    }

    /** @return array{int, string, string} */
    public function tryPhp(string $code): array
    {
        return $this->run([PHP_BINARY, '-r', 'require ' . var_export("$this->root/init.php", true) . ';' . $code]);
    }

    /** @param list<string> $command @return array{int, string, string} */
    private function run(array $command): array
    {
        [$out, $err] = ["$this->root/.out", "$this->root/.err"];
        $process = proc_open($command, [1 => ['file', $out, 'w'], 2 => ['file', $err, 'w']], $pipes);
        do {
            $status = proc_get_status($process);
            usleep(2000);
        } while ($status['running']);
        proc_close($process);
        $code = $status['signaled'] ? 128 + $status['termsig'] : $status['exitcode'];
        return [$code, (string) file_get_contents($out), (string) file_get_contents($err)];
    }

    /** @return resource a process that runs beside the test; wait with proc_close */
    public function start(string $command, string ...$words)
    {
        return proc_open(
            [PHP_BINARY, dirname(__DIR__) . '/whmcs', $command, '--root', $this->root, ...$words],
            [1 => ['file', '/dev/null', 'w'], 2 => ['file', '/dev/null', 'w']],
            $pipes
        );
    }

    /** A server, a product, a client, an order. @return array{order: int, service: int, invoice: int} */
    public function order(string ...$productOptions): array
    {
        $this->do('server:add', '--type', 'dummy', '--name', 'One', '--password', 'right', '--ip', '127.0.0.1');
        $product = $this->do('product:add', '--module', 'dummy', '--name', 'VM', '--price', '10', ...$productOptions);
        $client = $this->do('client:add', '--email', 'a@b.test', '--first', "O'Neil");
        return $this->json('order', '--client', $client, '--product', $product, '--domain', 'vm1.example.com');
    }

    /** @return list<string> the module functions called so far, in order */
    public function calls(): array
    {
        $has = $this->php('echo WHMCS\Database\Capsule::schema()->hasTable("mod_dummy_calls") ? 1 : 0;');
        return $has === '1' ? array_column($this->sql('SELECT * FROM mod_dummy_calls ORDER BY id'), 'function') : [];
    }

    /** How often the hook point ran, as the dummy module's hooks.php counts. */
    public function hooked(string $point): int
    {
        $rows = $this->sql("SELECT value FROM tblconfiguration WHERE setting = 'Dummy$point'");
        return (int) ($rows[0]['value'] ?? 0);
    }

    public function status(int $service = 1): string
    {
        return (string) $this->sql("SELECT domainstatus FROM tblhosting WHERE id = $service")[0]['domainstatus'];
    }

    /** @return list<string> the lines that `whmcs serve` prints first */
    public function serve(): array
    {
        $process = proc_open(
            [PHP_BINARY, dirname(__DIR__) . '/whmcs', 'serve', '--root', $this->root],
            [1 => ['pipe', 'w'], 2 => ['file', '/dev/null', 'w']],
            $pipes
        );
        $this->servers[] = $process;
        $lines = [];
        while (($line = fgets($pipes[1])) !== false) {
            $lines[] = rtrim($line);
            if (str_starts_with($line, 'Ctrl-C')) {
                break;
            }
        }
        return $lines;
    }

    /** @param array<string, string> $post @return array{int, string} status and body; cookies are kept by jar */
    public function http(string $url, array $post = [], string $jar = 'client'): array
    {
        $handle = curl_init($url);
        curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_FOLLOWLOCATION => true,
            CURLOPT_COOKIEFILE => "$this->root/jar-$jar", CURLOPT_COOKIEJAR => "$this->root/jar-$jar",
            CURLOPT_PROXY => '', CURLOPT_TIMEOUT => 20]);
        if ($post !== []) {
            curl_setopt($handle, CURLOPT_POSTFIELDS, http_build_query($post));
        }
        $body = (string) curl_exec($handle);
        $code = (int) curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
        curl_close($handle);
        return [$code, $body];
    }

    public function close(): void
    {
        foreach ($this->servers as $server) {
            proc_terminate($server);
            proc_close($server);
        }
    }

    public function same(mixed $expected, mixed $found, string $what = ''): void
    {
        if ($expected !== $found) {
            throw new \RuntimeException("$what expected " . json_encode($expected) . ', found ' . json_encode($found));
        }
    }

    public function holds(bool $condition, string $what): void
    {
        if (!$condition) {
            throw new \RuntimeException("does not hold: $what");
        }
    }
}
