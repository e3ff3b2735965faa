<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Illuminate\Database\Capsule\Manager;
use Provisor\HostError;
use WHMCS\Database\Capsule;

/**
 * Our own connection to WHMCS's database: the host's address and account, strict mode, READ COMMITTED where it can, numbers as
 * text. It never sees an open transaction of the host and the host never sees ours. Owns transactions and the meaning
 * of database errors; knows no table.
 */
final class Database
{
    /** The one of this process: a cron runs many jobs, and each connection of its own would add up. */
    private static ?self $ours = null;

    /** @var array<mixed> the process and the host's database that it belongs to */
    private static array $of = [];

    /** @var list<self> a forked child leaves its parent's connection alone: closing it would close it for both */
    private static array $inherited = [];

    private ?\PDO $pdo = null;

    /** @param bool $readsOnly reads go over the host's own connection, and nothing can be written */
    public function __construct(private readonly bool $readsOnly = false)
    {
    }

    /** Our connection, opened when it is first used and shared by all jobs of this process. */
    public static function ours(): self
    {
        // Where PHP may not ask for it, nothing forks either.
        $process = function_exists('getmypid') ? getmypid() : 0;
        $of = [$process, Capsule::connection()->getConfig()];
        if (self::$ours === null || self::$of !== $of) {
            if (self::$ours !== null && self::$of[0] !== $of[0]) {
                self::$inherited[] = self::$ours;
            }
            self::$ours = new self();
            self::$of = $of;
        }
        return self::$ours;
    }

    /** @var array<string, \PDOStatement> */
    private array $statements = [];

    private ?string $driver = null;

    /** MySQL: deadlock, lock wait, record changed. */
    private const RETRY_MYSQL = [1213, 1205, 1020];

    /** MySQL: the connection is gone, or was killed. */
    private const LOST_MYSQL = [2006, 2013, 2055, 1927, 1053, 1927, 4031];

    public function isSqlite(): bool
    {
        return ($this->driver ??= Capsule::connection()->getDriverName()) === 'sqlite';
    }

    public function isReadsOnly(): bool
    {
        return $this->readsOnly;
    }

    /** Where two writers block each other, our transaction would wait for the host's, which waits for us. */
    public function refuseInsideHostTransaction(): void
    {
        $host = Capsule::connection();
        if ($this->isSqlite() && ($host->transactionLevel() > 0 || $host->getPdo()->inTransaction())) {
            throw new HostError('host.open_transaction', 'WHMCS has an open transaction, and on SQLite nothing else can'
                . ' be written until it ends. Nothing was changed. Run it again outside the transaction.');
        }
    }

    /** @param list<mixed> $values */
    public function run(string $sql, array $values = []): \PDOStatement
    {
        $statement = $this->statements[$sql] ??= $this->pdo()->prepare($sql);
        foreach ($values as $i => $value) {
            $type = match (true) {
                is_int($value) => \PDO::PARAM_INT,
                $value === null => \PDO::PARAM_NULL,
                default => \PDO::PARAM_STR,
            };
            $statement->bindValue($i + 1, $value, $type);
        }
        $statement->execute();
        return $statement;
    }

    /**
     * The rows of a read, whole. A connection that died of idleness is opened anew.
     *
     * @param list<mixed> $values
     * @return list<array<string, ?string>>
     */
    public function rows(string $sql, array $values = []): array
    {
        try {
            return self::texts($this->run($sql, $values)->fetchAll(\PDO::FETCH_ASSOC));
        } catch (\PDOException $e) {
            if (!$this->isLost($e)) {
                throw $e;
            }
            $this->forget();
            return self::texts($this->run($sql, $values)->fetchAll(\PDO::FETCH_ASSOC));
        }
    }

    /**
     * The host's connection may give numbers as numbers; ours gives texts.
     *
     * @param list<array<string, mixed>> $rows
     * @return list<array<string, ?string>>
     */
    private static function texts(array $rows): array
    {
        $text = static fn (mixed $value) => $value === null ? null : (string) $value;
        return array_map(static fn (array $row) => array_map($text, $row), $rows);
    }

    /**
     * The first column of a read.
     *
     * @param list<mixed> $values
     * @return list<?string>
     */
    public function column(string $sql, array $values = []): array
    {
        return array_map(static fn (array $row) => reset($row), $this->rows($sql, $values));
    }

    /** The database's present moment. */
    public function clock(): string
    {
        return (string) $this->column($this->isSqlite()
            ? "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
            : "SELECT DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%dT%H:%i:%sZ')")[0];
    }

    public function begin(): void
    {
        if ($this->readsOnly) {
            throw new HostError('host.reads_only', 'A page may not change our tables. Nothing was changed.');
        }
        // IMMEDIATE: on SQLite a reader that turns into a writer can lose, a writer from the start only waits.
        $this->pdo()->exec($this->isSqlite() ? 'BEGIN IMMEDIATE' : 'START TRANSACTION');
    }

    public function commit(): void
    {
        $this->pdo()->exec('COMMIT');
    }

    /** Undoes what the transaction did. A connection that cannot even do that is dropped, which undoes it as well. */
    public function rollback(): void
    {
        try {
            $this->pdo?->exec('ROLLBACK');
        } catch (\PDOException) {
            $this->forget();
        }
    }

    /** Drops the connection; the next statement opens another. */
    public function forget(): void
    {
        $this->statements = [];
        $this->pdo = null;
    }

    /** Another transaction was in the way; nothing was written, and the same again may go through. */
    public function isInTheWay(\PDOException $e): bool
    {
        $code = self::code($e);
        return $this->isSqlite()
            ? in_array($code & 0xFF, [5, 6], true)
            : in_array($code, self::RETRY_MYSQL, true);
    }

    public function isLost(\PDOException $e): bool
    {
        return !$this->isSqlite()
            && (in_array(self::code($e), self::LOST_MYSQL, true) || str_contains($e->getMessage(), 'gone away'));
    }

    /** A unique key is taken. */
    public function isDuplicate(\PDOException $e): bool
    {
        return $this->isSqlite()
            ? str_contains($e->getMessage(), 'UNIQUE constraint failed')
            : self::code($e) === 1062;
    }

    /** The driver's number of an error. */
    public static function code(\PDOException $e): int
    {
        // A failure to connect carries no errorInfo; its number is the code.
        return (int) ($e->errorInfo[1] ?? $e->getCode());
    }

    /** An error for people: names of tables and columns, never values. */
    public static function describe(\PDOException $e): string
    {
        $said = $e->getMessage();
        $names = preg_match(
            "/no such (?:table|column): [\\w.]+|has no column named \\w+|database is locked"
            . "|(?:Unknown column|Table) '[\\w.]+'|NOT NULL constraint failed: [\\w.]+/",
            $said,
            $found
        ) === 1 ? ": $found[0]" : '';
        return 'The database refused' . $names . ' (SQLSTATE ' . (string) ($e->errorInfo[0] ?? $e->getCode())
            . ', error ' . self::code($e) . ').';
    }

    private function pdo(): \PDO
    {
        if ($this->readsOnly) {
            return Capsule::connection()->getPdo();
        }
        if ($this->pdo === null) {
            $config = Capsule::connection()->getConfig();
            unset($config['name'], $config['modes'], $config['isolation_level']);
            $config['strict'] = true;
            $config['options'] = [
                \PDO::ATTR_PERSISTENT => false,
                \PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION,
                \PDO::ATTR_STRINGIFY_FETCHES => true,
                \PDO::ATTR_EMULATE_PREPARES => false,
            ] + ($config['options'] ?? []);
            if ($this->isSqlite()) {
                $config['options'][\PDO::ATTR_TIMEOUT] = 10;
            } else {
                // An update that finds the row but changes nothing counts as found.
                $config['options'][\PDO::MYSQL_ATTR_FOUND_ROWS] = true;
            }
            $capsule = new Manager();
            $capsule->addConnection($config, 'provisor');
            $pdo = $capsule->getConnection('provisor')->getPdo();
            if (!$this->isSqlite()) {
                $pdo->exec("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
                    . ' innodb_lock_wait_timeout = 10');
                $pdo->exec('SET SESSION TRANSACTION ISOLATION LEVEL ' . self::isolation($pdo));
            }
            $this->pdo = $pdo;
        }
        return $this->pdo;
    }

    /**
     * A server whose binary log writes statements refuses changes under READ COMMITTED (error 1665). Under the other level a
     * transaction reads as of its first read; what it changes it finds as it is now, and every change names its revision.
     */
    private static function isolation(\PDO $pdo): string
    {
        $log = $pdo->query("SHOW VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format')")
            ->fetchAll(\PDO::FETCH_KEY_PAIR);
        $statements = strtoupper($log['log_bin'] ?? '') === 'ON' && strtoupper($log['binlog_format'] ?? '') === 'STATEMENT';
        return $statements ? 'REPEATABLE READ' : 'READ COMMITTED';
    }
}
