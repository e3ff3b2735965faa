<?php

/** Runs the cases: a fresh root for each test, one MariaDB server for all, both gone afterwards. */

declare(strict_types=1);

namespace StandInTests;

require __DIR__ . '/World.php';

final class Harness
{
    private static int $failures = 0;

    /** @param list<string> $words */
    public static function main(array $words): int
    {
        $only = '';
        if (($words[0] ?? '') === '--only') {
            [, $only] = array_splice($words, 0, 2);
        }
        $folder = sys_get_temp_dir() . '/whmcs-tests.' . getmypid();
        mkdir($folder);
        $databases = $only === 'mariadb' ? [] : ['sqlite' => 'sqlite'];
        $server = [];
        if ($only !== 'sqlite') {
            $server = self::startMariadb();
            $databases['mariadb'] = "mysql:socket=$server[socket];user=whmcs";
        }
        $count = 0;
        try {
            foreach ($databases as $name => $database) {
                foreach (glob(__DIR__ . '/cases/*.php') ?: [] as $file) {
                    foreach (require $file as $promise => $test) {
                        if (!str_contains($promise, $words[0] ?? '')
                            || ($name === 'sqlite' && str_starts_with($promise, 'on_mariadb_'))) {
                            continue;
                        }
                        $count++;
                        $where = $database === 'sqlite' ? $database : "$database;dbname=t$count";
                        self::runOne("$name: $promise", $test, new World("$folder/$count", $where));
                    }
                }
            }
        } finally {
            if ($server !== []) {
                passthru(escapeshellarg(dirname(__DIR__) . '/mariadb') . ' stop ' . escapeshellarg($server['dir']));
            }
            exec('rm -rf ' . escapeshellarg($folder));
        }
        printf("%d tests, %d failed\n", $count, self::$failures);
        return self::$failures === 0 && $count > 0 ? 0 : 1;
    }

    private static function runOne(string $name, \Closure $test, World $world): void
    {
        try {
            $world->install();
            $test($world);
            echo "ok    $name\n";
        } catch (\Throwable $error) {
            self::$failures++;
            echo "FAIL  $name\n      " . str_replace("\n", "\n      ", $error->getMessage()) . "\n      "
                . basename($error->getTrace()[0]['file'] ?? '') . ':' . ($error->getTrace()[0]['line'] ?? '') . "\n";
        } finally {
            $world->close();
        }
    }

    /** @return array<string, string> socket, pid, dir */
    private static function startMariadb(): array
    {
        exec(escapeshellarg(dirname(__DIR__) . '/mariadb') . ' start', $lines, $code);
        if ($code !== 0) {
            throw new \RuntimeException('no MariaDB server; use --only sqlite to test without');
        }
        parse_str(str_replace(' ', '&', (string) end($lines)), $server);
        return $server;
    }
}
