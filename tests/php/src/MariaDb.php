<?php

declare(strict_types=1);

namespace Provisor\Tests;

/** A MariaDB server of our own: a temporary folder, a socket in it, no network, an unprivileged user. */
final class MariaDb
{
    private static string $folder = '';

    /** @var resource|null */
    private static $server = null;

    public static function start(): void
    {
        self::$folder = Site::temporary('mariadb');
        $data = self::$folder . '/data';
        $user = posix_geteuid() === 0 ? '--user=nobody' : '';
        if ($user !== '') {
            chown(self::$folder, 'nobody');
        }
        exec("mariadb-install-db --no-defaults $user --datadir=$data --auth-root-authentication-method=normal"
            . ' --skip-test-db 2>&1', $said, $status);
        if ($status !== 0) {
            throw new \RuntimeException("mariadb-install-db failed:\n" . implode("\n", $said));
        }
        self::$server = proc_open(
            array_values(array_filter(['mariadbd', '--no-defaults', $user, "--datadir=$data",
                '--socket=' . self::socket(), '--skip-networking', '--innodb-flush-log-at-trx-commit=0',
                '--log-error=' . self::$folder . '/log', '--pid-file=' . self::$folder . '/pid'])),
            [['file', '/dev/null', 'r'], ['file', '/dev/null', 'w'], ['file', '/dev/null', 'w']],
            $pipes
        );
        for ($i = 0; $i < 300; ++$i) {
            try {
                self::connect();
                return;
            } catch (\PDOException) {
                usleep(100_000);
            }
        }
        throw new \RuntimeException('MariaDB did not start: ' . @file_get_contents(self::$folder . '/log'));
    }

    public static function socket(): string
    {
        return self::$folder . '/s.sock';
    }

    public static function connect(string $database = ''): \PDO
    {
        return new \PDO('mysql:unix_socket=' . self::socket() . ($database === '' ? '' : ";dbname=$database"), 'root', '', [
            \PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION, \PDO::ATTR_STRINGIFY_FETCHES => true,
        ]);
    }

    public static function stop(): void
    {
        if (self::$server !== null) {
            proc_terminate(self::$server);
            proc_close(self::$server);
            self::$server = null;
        }
    }
}
