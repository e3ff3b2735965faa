<?php

/**
 * The database connection of the stand-in, as Capsule. Follows whmcs-contract.md 5.1: a non-strict session and zero
 * dates on MariaDB; numbers reach PHP as strings; SQLite keeps dates as text.
 */

declare(strict_types=1);

namespace StandIn;

use PDO;
use WHMCS\Database\Capsule;

final class Database
{
    /** @param array<string, mixed> $settings as configuration.php has them in $stand_in_db */
    public static function connect(array $settings): void
    {
        $options = [PDO::ATTR_STRINGIFY_FETCHES => true];
        if ($settings['driver'] === 'sqlite') {
            $options[PDO::ATTR_TIMEOUT] = 30;
        } else {
            $strict = (new Nasty\Switches(ROOTDIR))->isOn('strict_mode');
            $settings += [
                'charset' => 'utf8mb4',
                'collation' => 'utf8mb4_unicode_ci',
                'modes' => $strict ? ['STRICT_TRANS_TABLES'] : [],
            ];
        }
        $capsule = new Capsule();
        $capsule->addConnection($settings + ['prefix' => '', 'options' => $options]);
        $capsule->setAsGlobal();
        $capsule->bootEloquent();
        if ($settings['driver'] === 'sqlite') {
            Capsule::connection()->unprepared(
                'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 30000;'
            );
        }
    }

    public static function isInstalled(): bool
    {
        return Capsule::schema()->hasTable('tblconfiguration');
    }

    public static function isSqlite(): bool
    {
        return Capsule::connection()->getDriverName() === 'sqlite';
    }

    /**
     * Reads the --db option: "sqlite", or "mysql:socket=/x.sock;dbname=whmcs;user=whmcs;password=..." .
     *
     * @return array<string, mixed>
     */
    public static function settingsFrom(string $text, string $root): array
    {
        if ($text === 'sqlite') {
            return ['driver' => 'sqlite', 'database' => $root . '/storage/whmcs.sqlite'];
        }
        if (!str_starts_with($text, 'mysql:')) {
            throw new Refusal("--db is \"$text\"; it must be sqlite or mysql:socket=...;dbname=...;user=...");
        }
        $parts = [];
        foreach (explode(';', substr($text, 6)) as $part) {
            [$name, $value] = explode('=', $part, 2) + [1 => ''];
            $parts[$name] = $value;
        }
        $settings = [
            'driver' => 'mysql',
            'host' => $parts['host'] ?? 'localhost',
            'port' => $parts['port'] ?? '3306',
            'unix_socket' => $parts['socket'] ?? '',
            'database' => $parts['dbname'] ?? 'whmcs',
            'username' => $parts['user'] ?? 'whmcs',
            'password' => $parts['password'] ?? '',
        ];
        return $settings;
    }

    /** @param array<string, mixed> $settings */
    public static function createIfMissing(array $settings): void
    {
        if ($settings['driver'] === 'sqlite') {
            touch($settings['database']);
            return;
        }
        $where = $settings['unix_socket'] !== ''
            ? 'unix_socket=' . $settings['unix_socket']
            : "host={$settings['host']};port={$settings['port']}";
        $pdo = new PDO("mysql:$where", $settings['username'], $settings['password']);
        $name = str_replace('`', '``', $settings['database']);
        $pdo->exec("CREATE DATABASE IF NOT EXISTS `$name` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    }
}
