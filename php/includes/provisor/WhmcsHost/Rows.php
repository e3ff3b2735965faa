<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Provisor\HostError;

/**
 * Reads rows of our own tables and applies changes to them: all in one transaction, or none. While a transaction is
 * open nothing of WHMCS is called: no hook, no local API, no log. Secret cells are sealed before it and opened after.
 */
final class Rows
{
    private const TESTS = ['=', '<', '<=', '>', '>='];
    private const TRIES = 5;

    public function __construct(private readonly Database $database, private readonly Tables $tables)
    {
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public function read(array $args): array
    {
        $table = $args['table'];
        $columns = array_keys($this->tables->get($table)['columns']);
        $sql = 'SELECT ' . implode(', ', array_map(Tables::name(...), $columns)) . ' FROM ' . Tables::name($table);
        $values = [];
        $tests = [];
        foreach ($args['where'] as $condition) {
            $column = Tables::name($condition['column']);
            $given = array_map(
                fn (string $value) => $this->cell($table, $condition['column'], $value),
                $condition['values']
            );
            $tests[] = match (true) {
                $condition['test'] === 'null' => "$column IS NULL",
                $condition['test'] === 'not_null' => "$column IS NOT NULL",
                $condition['test'] === 'in' && $given === [] => '1 = 0',
                $condition['test'] === 'in' => "$column IN (" . substr(str_repeat('?, ', count($given)), 0, -2) . ')',
                in_array($condition['test'], self::TESTS, true) && count($given) === 1
                    => "$column {$condition['test']} ?",
                default => throw new HostError('host.args', 'A condition has a test that is not known.'),
            };
            array_push($values, ...$given);
        }
        $sql .= $tests === [] ? '' : ' WHERE ' . implode(' AND ', $tests);
        $sql .= $args['order'] === [] ? '' : ' ORDER BY ' . implode(', ', array_map(Tables::name(...), $args['order']));
        $rows = $this->database->rows($sql . ' LIMIT ' . (int) $args['limit'], $values);
        $secrets = array_filter($columns, fn (string $column) => $this->tables->kind($table, $column) === 'secret');
        foreach ($secrets as $column) {
            foreach ($rows as $i => $row) {
                if ($row[$column] !== null) {
                    $rows[$i][$column] = ['secret' => $row[$column] === '' ? '' : (string) decrypt($row[$column])];
                }
            }
        }
        return ['rows' => $rows];
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public function apply(array $args): array
    {
        $this->database->refuseInsideHostTransaction();
        $token = (string) $args['token'];
        $changes = array_map($this->sealed(...), $args['changes']);
        for ($try = 1;; ++$try) {
            $committing = false;
            try {
                $this->database->begin();
                foreach ($changes as $change) {
                    if (!$this->change($change, $token)) {
                        $this->database->rollback();
                        return ['outcome' => 'conflict'];
                    }
                }
                $committing = true;
                $this->database->commit();
                return ['outcome' => 'applied'];
            } catch (\PDOException $e) {
                $this->database->rollback();
                if (!$committing && $this->database->isDuplicate($e)) {
                    return ['outcome' => 'conflict'];
                }
                if (!$this->database->isInTheWay($e)) {
                    if (!$committing && !$this->database->isLost($e)) {
                        throw $e;
                    }
                    $this->database->forget();
                    if ($committing && $this->landed($changes, $token)) {
                        return ['outcome' => 'applied'];
                    }
                }
                if ($try === self::TRIES) {
                    throw $e;
                }
                usleep(random_int(10_000, 50_000) * $try);
            }
        }
    }

    /**
     * One change inside the transaction; false when the guard does not hold.
     *
     * @param array<string, mixed> $change
     */
    private function change(array $change, string $token): bool
    {
        $table = $change['table'];
        $declared = $this->tables->get($table);
        switch ($change['kind']) {
            case 'insert':
                $this->insert($table, $change['values']
                    + ($declared['guarded'] ? ['rev' => 1, 'last_op' => $token] : []));
                return true;
            case 'update':
                [$where, $key] = self::pairs($change['key'] + ['rev' => $change['rev']], ' AND ');
                [$set, $values] = self::pairs($change['values'] + ['last_op' => $token], ', ');
                return $this->database->run(
                    'UPDATE ' . Tables::name($table) . " SET $set, `rev` = `rev` + 1 WHERE $where",
                    [...$values, ...$key]
                )->rowCount() === 1;
            case 'put':
                $key = array_intersect_key($change['values'], array_flip($declared['primary']));
                [$where, $keys] = self::pairs($key, ' AND ');
                [$set, $values] = self::pairs(array_diff_key($change['values'], $key) ?: $key, ', ');
                $found = $this->database->run(
                    'UPDATE ' . Tables::name($table) . " SET $set WHERE $where",
                    [...$values, ...$keys]
                )->rowCount();
                if ($found === 0) {
                    $this->insert($table, $change['values']);
                }
                return true;
            case 'delete':
                [$where, $key] = self::pairs($change['key'], ' AND ');
                $this->database->run('DELETE FROM ' . Tables::name($table) . " WHERE $where", $key);
                return true;
        }
        throw new HostError('host.args', 'A change has a kind that is not known.');
    }

    /** @param array<string, mixed> $values */
    private function insert(string $table, array $values): void
    {
        $names = implode(', ', array_map(Tables::name(...), array_keys($values)));
        $marks = substr(str_repeat('?, ', count($values)), 0, -2);
        $table = Tables::name($table);
        $this->database->run("INSERT INTO $table ($names) VALUES ($marks)", array_values($values));
    }

    /**
     * After a COMMIT whose answer got lost: is it in? A guarded row says so by its last_op, an unguarded new row by
     * its content. Puts and deletes may simply be done again.
     *
     * @param list<array<string, mixed>> $changes
     */
    private function landed(array $changes, string $token): bool
    {
        foreach ($changes as $change) {
            $declared = $this->tables->get($change['table']);
            $row = match ($change['kind']) {
                'insert' => $declared['guarded']
                    ? array_intersect_key($change['values'], array_flip($declared['primary'])) + ['last_op' => $token]
                    : array_filter($change['values'], static fn ($value) => $value !== null),
                'update' => $change['key'] + ['last_op' => $token],
                default => null,
            };
            if ($row !== null) {
                [$where, $values] = self::pairs($row, ' AND ');
                return $this->database->rows(
                    'SELECT 1 FROM ' . Tables::name($change['table']) . " WHERE $where",
                    $values
                ) !== [];
            }
        }
        return false;
    }

    /**
     * A change with its cells as the database takes them.
     *
     * @param array<string, mixed> $change
     * @return array<string, mixed>
     */
    private function sealed(array $change): array
    {
        foreach (['key', 'values'] as $part) {
            foreach ($change[$part] ?? [] as $column => $value) {
                $change[$part][$column] = $this->cell($change['table'], $column, $value);
            }
        }
        if ($change['kind'] === 'update') {
            $change['rev'] = (int) $change['rev'];
        }
        if ($change['kind'] === ($this->tables->get($change['table'])['guarded'] ? 'put' : 'update')) {
            throw new HostError('host.args', "A {$change['kind']} does not fit the table {$change['table']}.");
        }
        return $change;
    }

    private function cell(string $table, string $column, mixed $value): int|string|null
    {
        $kind = $this->tables->kind($table, $column);
        if (is_array($value) !== ($kind === 'secret') && $value !== null) {
            throw new HostError('host.args', "The column $column of $table was given the wrong kind of value.");
        }
        if (is_array($value)) {
            return (string) encrypt((string) $value['secret']);
        }
        if ($value === null || $kind !== 'int') {
            return $value;
        }
        $number = (int) $value;
        if ((string) $number !== (string) $value) {
            throw new HostError('host.args', "The column $column of $table was given a text that is no whole number.");
        }
        return $number;
    }

    /**
     * @param array<string, mixed> $columns
     * @return array{string, list<mixed>}
     */
    private static function pairs(array $columns, string $between): array
    {
        $parts = array_map(static fn (string $name) => Tables::name($name) . ' = ?', array_keys($columns));
        return [implode($between, $parts), array_values($columns)];
    }
}
