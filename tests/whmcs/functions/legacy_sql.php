<?php

/** The deprecated query helpers that old modules still call. Follows whmcs-contract.md 4.5. */

declare(strict_types=1);

use WHMCS\Database\Capsule;

/** @param array<string, mixed> $where */
function select_query(
    string $table,
    string $fields,
    array $where = [],
    string $orderBy = '',
    string $direction = 'ASC',
    string|int $limit = ''
): PDOStatement {
    $sql = "SELECT $fields FROM $table";
    $sql .= $where === [] ? '' : ' WHERE ' . implode(' AND ', array_map(
        static fn (string $column): string => "$column = ?",
        array_keys($where)
    ));
    $sql .= $orderBy === '' ? '' : " ORDER BY $orderBy $direction";
    $sql .= (string) $limit === '' ? '' : " LIMIT $limit";
    $statement = Capsule::connection()->getPdo()->prepare($sql);
    $statement->execute(array_values($where));
    return $statement;
}

/** @param array<string, mixed> $values */
function insert_query(string $table, array $values): int
{
    return (int) Capsule::table($table)->insertGetId($values);
}

/** @param array<string, mixed> $values @param array<string, mixed> $where */
function update_query(string $table, array $values, array $where): void
{
    Capsule::table($table)->where($where)->update($values);
}

/** @param array<string, mixed> $where */
function delete_query(string $table, array $where): void
{
    Capsule::table($table)->where($where)->delete();
}

function full_query(string $sql): PDOStatement
{
    return Capsule::connection()->getPdo()->query($sql);
}

/** @param array<string, mixed> $where */
function get_query_val(string $table, string $field, array $where): ?string
{
    $value = Capsule::table($table)->where($where)->value($field);
    return $value === null ? null : (string) $value;
}

/** @param array<string, mixed> $where @return array<string, mixed> */
function get_query_vals(string $table, string $fields, array $where): array
{
    return (array) Capsule::table($table)->where($where)->selectRaw($fields)->first();
}

if (!function_exists('mysql_fetch_array')) {
    /** @return array<int|string, mixed>|false */
    function mysql_fetch_array(PDOStatement $statement): array|false
    {
        return $statement->fetch(PDO::FETCH_BOTH);
    }
}
