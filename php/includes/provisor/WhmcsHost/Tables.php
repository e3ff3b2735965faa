<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Provisor\HostError;

/**
 * Makes the core's tables exist as declared, once for each declaration, and remembers their columns for this session.
 * Safe when two start at the same time. Columns and keys are added, never taken away. Tables of the older
 * modules, which keep their names, are created where they are missing and otherwise left as they are.
 */
final class Tables
{
    private const META = 'mod_provisor_meta';

    private const MYSQL = [
        'key' => 'VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin',
        'int' => 'BIGINT',
        'decimal' => 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin',
        'instant' => 'CHAR(20) CHARACTER SET ascii COLLATE ascii_bin',
        'text' => 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
        'secret' => 'LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    ];

    /** @var array<string, array<string, mixed>> declarations by table name */
    private array $declared = [];

    public function __construct(private readonly Database $database)
    {
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public function ensure(array $args): array
    {
        foreach ($args['tables'] as $table) {
            $columns = array_column($table['columns'], null, 'name');
            if ($table['guarded']) {
                $columns['rev'] = ['name' => 'rev', 'kind' => 'int', 'nullable' => false];
                $columns['last_op'] = ['name' => 'last_op', 'kind' => 'key', 'nullable' => false];
            }
            $this->declared[$table['name']] = ['columns' => $columns] + $table;
        }
        $fingerprint = (string) $args['fingerprint'];
        if (!$this->remembers($fingerprint)) {
            $this->locked(function () use ($args, $fingerprint): void {
                foreach ($args['tables'] as $table) {
                    $this->build($this->declared[$table['name']]);
                }
                $insert = $this->database->isSqlite() ? 'INSERT OR IGNORE' : 'INSERT IGNORE';
                $this->database->run(
                    "$insert INTO " . self::META . ' (name, value) VALUES (?, ?)',
                    ["tables.$fingerprint", $this->database->clock()]
                );
            });
        }
        return [];
    }

    /** @return array<string, mixed> the declaration of a table that the core may use */
    public function get(string $name): array
    {
        return $this->declared[$name] ?? throw new HostError('host.table', "The table $name was not declared.");
    }

    /** What a declared column holds; refuses any other column. */
    public function kind(string $table, string $column): string
    {
        return $this->get($table)['columns'][$column]['kind']
            ?? throw new HostError('host.column', "The table $table has no declared column $column.");
    }

    /** A name of ours for use in SQL. */
    public static function name(string $name): string
    {
        if (preg_match('/^[a-z][a-z0-9_]{0,63}$/', $name) !== 1) {
            throw new HostError('host.args', 'A table or column has a name that is not a plain name.');
        }
        return "`$name`";
    }

    private function remembers(string $fingerprint): bool
    {
        try {
            return $this->database->rows(
                'SELECT 1 FROM ' . self::META . ' WHERE name = ?',
                ["tables.$fingerprint"]
            ) !== [];
        } catch (\PDOException $e) {
            if (preg_match("/no such table|doesn't exist/", $e->getMessage()) === 1) {
                return false;
            }
            throw $e;
        }
    }

    /** Runs the work while no one else does. */
    private function locked(callable $work): void
    {
        $meta = ['name' => self::META, 'primary' => ['name'], 'unique' => [], 'index' => [], 'columns' => [
            ['name' => 'name', 'kind' => 'key', 'nullable' => false],
            ['name' => 'value', 'kind' => 'text', 'nullable' => false],
        ]];
        if ($this->database->isReadsOnly()) {
            throw new HostError('host.tables_missing', 'Our tables are not there yet. The next cron makes them.');
        }
        if ($this->database->isSqlite()) {
            $this->database->refuseInsideHostTransaction();
            $this->database->begin();
            try {
                $this->build($meta);
                $work();
                $this->database->commit();
            } catch (\Throwable $e) {
                $this->database->rollback();
                throw $e;
            }
            return;
        }
        $lock = "CONCAT('provisor.', SHA1(DATABASE()))";
        if ($this->database->column("SELECT GET_LOCK($lock, 30)") !== ['1']) {
            throw new HostError('host.busy', 'Another process is changing our tables since half a minute. Nothing was'
                . ' changed. Run it again.');
        }
        try {
            $this->build($meta);
            $work();
        } finally {
            $this->database->run("SELECT RELEASE_LOCK($lock)")->fetchAll();
        }
    }

    /** @param array<string, mixed> $table */
    private function build(array $table): void
    {
        $here = $this->columnsOf($table['name']);
        if ($here !== [] && !str_starts_with($table['name'], 'mod_provisor_')) {
            return;
        }
        if ($here === []) {
            $parts = array_map(fn (array $column) => $this->column($column, true), $table['columns']);
            $parts[] = 'PRIMARY KEY (' . self::names($table['primary']) . ')';
            $this->database->run('CREATE TABLE IF NOT EXISTS ' . self::name($table['name']) . ' ('
                . implode(', ', $parts) . ')' . ($this->database->isSqlite() ? '' : ' ENGINE=InnoDB ROW_FORMAT=DYNAMIC'
                . ' DEFAULT CHARACTER SET utf8mb4'));
        } else {
            foreach ($table['columns'] as $column) {
                if (!in_array($column['name'], $here, true)) {
                    $this->tolerate([1060], 'ALTER TABLE ' . self::name($table['name']) . ' ADD COLUMN '
                        . $this->column($column, false));
                }
            }
        }
        $indexes = $this->indexesOf($table['name']);
        foreach (['unique' => 'UNIQUE INDEX', 'index' => 'INDEX'] as $kind => $words) {
            foreach ($table[$kind] as $columns) {
                $index = substr($table['name'], 0, 48) . '_' . $kind[0] . '_' . hash('crc32b', implode(',', $columns));
                if (!in_array($index, $indexes, true)) {
                    $this->tolerate([1061], "CREATE $words " . self::name($index) . ' ON ' . self::name($table['name'])
                        . ' (' . self::names($columns) . ')');
                }
            }
        }
    }

    /** @param list<int> $harmless numbers of errors that say it is there already */
    private function tolerate(array $harmless, string $sql): void
    {
        try {
            $this->database->run($sql);
        } catch (\PDOException $e) {
            if (!in_array(Database::code($e), $harmless, true)) {
                throw $e;
            }
        }
    }

    /** @param array<string, mixed> $column */
    private function column(array $column, bool $new): string
    {
        $kind = $column['kind'];
        if ($this->database->isSqlite()) {
            $type = $kind === 'int' ? 'INTEGER' : 'TEXT';
        } elseif ($column['name'] === 'last_op') {
            $type = 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin';
        } else {
            $type = self::MYSQL[$kind] ?? throw new HostError('host.args', 'A column has a kind that is not known.');
        }
        // Rows that are there already get a value; MySQL gives long texts one by itself.
        $default = $column['nullable'] || $new ? '' : ($kind === 'int' ? ' DEFAULT 0' : " DEFAULT ''");
        if (!$this->database->isSqlite() && in_array($kind, ['text', 'secret'], true)) {
            $default = '';
        }
        return self::name($column['name']) . " $type" . ($column['nullable'] ? ' NULL' : ' NOT NULL') . $default;
    }

    /** @param list<string> $names */
    private static function names(array $names): string
    {
        return implode(', ', array_map(self::name(...), $names));
    }

    /** @return list<string> */
    private function columnsOf(string $table): array
    {
        return $this->database->column($this->database->isSqlite()
            ? 'SELECT name FROM pragma_table_info(?)'
            : 'SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?', [
            $table,
        ]);
    }

    /** @return list<string> */
    private function indexesOf(string $table): array
    {
        return $this->database->column($this->database->isSqlite()
            ? 'SELECT name FROM pragma_index_list(?)'
            : 'SELECT DISTINCT index_name FROM information_schema.statistics'
                . ' WHERE table_schema = DATABASE() AND table_name = ?', [$table]);
    }
}
