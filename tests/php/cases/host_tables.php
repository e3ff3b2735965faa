<?php

/** tables.ensure: our tables from their declarations. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

return [
    'the declared tables are made, and making them again changes nothing' => static function (): void {
        foreach ([new WhmcsHost(), new WhmcsHost()] as $host) {
            Check::same([], ask($host, 'tables.ensure', declaration()));
            Check::same([], read($host, 'mod_provisor_claims'));
        }
        Check::true(Capsule::schema()->hasTable('mod_provisor_meta'), 'the fingerprint has a table');
        Check::true(Capsule::schema()->hasColumn('mod_provisor_claims', 'last_op'), 'guarded rows carry last_op');
        Check::true(!Capsule::schema()->hasColumn('mod_provisor_readings', 'rev'), 'others carry no guard');
    },
    'a known fingerprint costs one query' => static function (): void {
        ask(new WhmcsHost(), 'tables.ensure', declaration());
        Capsule::schema()->drop('mod_provisor_readings');
        ask(new WhmcsHost(), 'tables.ensure', declaration());
        Check::true(!Capsule::schema()->hasTable('mod_provisor_readings'), 'nothing was looked at again');
    },
    'a new declaration adds columns and keys and keeps the rows' => static function (): void {
        $host = new WhmcsHost();
        ask($host, 'tables.ensure', declaration());
        apply($host, [['kind' => 'insert', 'table' => 'mod_provisor_claims',
            'values' => ['id' => 'a', 'n' => '1', 'amount' => '1.50', 'at' => null, 'note' => null, 'pass' => null]]]);
        ask($host, 'tables.ensure', declaration('two', true));
        $row = read($host, 'mod_provisor_claims')[0];
        Check::same(['1.50', '', '', '0'], [$row['amount'], $row['zone'], $row['text'], $row['size']]);
    },
    'a table of the old modules is made where it is missing and never altered' => static function (): void {
        Capsule::schema()->create('tblonappservices', static function ($table): void {
            $table->integer('service_id');
            $table->integer('memory');
        });
        ask(new WhmcsHost(), 'tables.ensure', declaration());
        Check::true(!Capsule::schema()->hasColumn('tblonappservices', 'vm_id'), 'no column was added');
        Check::true(Capsule::schema()->hasColumn('tblonappservices', 'memory'), 'its own column stays');
    },
    'a moment in a table of the old modules is read as they wrote it' => static function (): void {
        Capsule::schema()->create('tblonappcronhostingdates', static function ($table): void {
            $table->integer('hosting_id')->unique();
            $table->dateTime('account_date');
        });
        Capsule::table('tblonappcronhostingdates')->insert(['hosting_id' => 17, 'account_date' => '2026-02-01 00:15:00']);
        $host = new WhmcsHost();
        $column = static fn (string $name, string $kind) => compact('name', 'kind') + ['nullable' => false];
        ask($host, 'tables.ensure', ['fingerprint' => 'old', 'tables' => [['name' => 'tblonappcronhostingdates',
            'columns' => [$column('hosting_id', 'int'), $column('account_date', 'key')], 'primary' => ['hosting_id'],
            'unique' => [], 'index' => [], 'guarded' => false]]]);
        Check::same(
            [['hosting_id' => '17', 'account_date' => '2026-02-01 00:15:00']],
            read($host, 'tblonappcronhostingdates', [['column' => 'hosting_id', 'test' => '=', 'values' => ['17']]])
        );
    },
    'four at once make the tables once' => static function (): void {
        $children = [];
        for ($i = 0; $i < 4; ++$i) {
            $child = pcntl_fork();
            if ($child === 0) {
                $status = 1;
                try {
                    Capsule::connection()->reconnect();
                    ask(new WhmcsHost(), 'tables.ensure', declaration());
                    $status = 0;
                } catch (\Throwable $e) {
                    fwrite(STDERR, $e->getMessage() . "\n");
                } finally {
                    posix_kill(posix_getpid(), $status === 0 ? SIGKILL : SIGTERM);
                }
            }
            $children[] = $child;
        }
        foreach ($children as $child) {
            pcntl_waitpid($child, $status);
            Check::same(SIGKILL, pcntl_wtermsig($status), 'end of a child');
        }
        Capsule::connection()->reconnect();
        Check::same([], read(ready(new WhmcsHost()), 'mod_provisor_claims'));
    },
    'a table or column that was not declared is refused' => static function (): void {
        $host = new WhmcsHost();
        ask($host, 'tables.ensure', declaration());
        Check::same('host.table', Check::throws(\Provisor\HostError::class, fn () => read($host, 'tblhosting'))->problem);
        $where = [['column' => 'x', 'test' => '=', 'values' => ['1']]];
        Check::same('host.column', Check::throws(
            \Provisor\HostError::class,
            fn () => read($host, 'mod_provisor_claims', $where)
        )->problem);
    },
];
