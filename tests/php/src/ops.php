<?php

/** The ops as tests ask them, over JSON as the core does, and the declaration they use. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\WhmcsHost;

/** @return array<string, mixed> */
function declaration(string $fingerprint = 'one', bool $more = false): array
{
    $column = static fn (string $name, string $kind, bool $nullable = false) => compact('name', 'kind', 'nullable');
    $claims = ['name' => 'mod_provisor_claims', 'columns' => [
        $column('id', 'key'), $column('n', 'int', true), $column('amount', 'decimal'), $column('at', 'instant', true),
        $column('note', 'text', true), $column('pass', 'secret', true),
    ], 'primary' => ['id'], 'unique' => [['amount', 'n']], 'index' => [['at']], 'guarded' => true];
    if ($more) {
        array_push($claims['columns'], $column('zone', 'key'), $column('text', 'text'), $column('size', 'int'));
        $claims['unique'][] = ['zone', 'id'];
    }
    return ['fingerprint' => $fingerprint, 'tables' => [$claims, [
        'name' => 'mod_provisor_readings', 'columns' => [
            $column('resource', 'key'), $column('hour', 'instant'), $column('sent', 'int'),
        ], 'primary' => ['resource', 'hour'], 'unique' => [], 'index' => [], 'guarded' => false,
    ], [
        'name' => 'tblonappservices', 'columns' => [$column('service_id', 'int'), $column('vm_id', 'int')],
        'primary' => ['service_id'], 'unique' => [], 'index' => [], 'guarded' => false,
    ]]];
}

/** @param array<string, mixed> $args @return array<string, mixed> */
function ask(WhmcsHost $host, string $op, array $args): array
{
    return $host->answer($op, json_decode((string) json_encode($args), true));
}

/** @return list<array<string, mixed>> */
function read(WhmcsHost $host, string $table, array $where = [], array $order = [], int $limit = 100): array
{
    return ask($host, 'rows.read', compact('table', 'where', 'order', 'limit'))['rows'];
}

/** @param list<array<string, mixed>> $changes */
function apply(WhmcsHost $host, array $changes, string $token = 'token-1'): string
{
    return ask($host, 'apply', compact('token', 'changes'))['outcome'];
}

/** A host whose tables are there. */
function ready(WhmcsHost $host): WhmcsHost
{
    ask($host, 'tables.ensure', declaration());
    return $host;
}
