<?php

/** rows.read and apply: our own rows, in one transaction or not at all. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\HostError;
use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** @param array<string, mixed> $with @return array<string, mixed> */
function claim(string $id, array $with = []): array
{
    return ['kind' => 'insert', 'table' => 'mod_provisor_claims', 'values' => $with + [
        'id' => $id, 'n' => null, 'amount' => '1', 'at' => null, 'note' => null, 'pass' => null,
    ]];
}

/** @param array<string, mixed> $values @return array<string, mixed> */
function change(string $id, string $rev, array $values): array
{
    return ['kind' => 'update', 'table' => 'mod_provisor_claims', 'key' => ['id' => $id], 'rev' => $rev,
        'values' => $values];
}

/** @return array<string, mixed> */
function reading(string $resource, string $hour, string $sent): array
{
    return ['kind' => 'put', 'table' => 'mod_provisor_readings', 'values' => compact('resource', 'hour', 'sent')];
}

/** @param list<string> $values @return array<string, mixed> */
function where(string $column, string $test, array $values): array
{
    return compact('column', 'test', 'values');
}

return [
    'an inserted row comes back as text, with its guard' => static function (): void {
        $host = ready(new WhmcsHost());
        $values = ['n' => '9223372036854775807', 'amount' => '0.10', 'at' => '2026-01-31T00:00:00Z', 'note' => "Ä\n€",
            'pass' => ['secret' => 'hidden']];
        Check::same('applied', apply($host, [claim('a', $values)]));
        $row = read($host, 'mod_provisor_claims')[0];
        Check::same(['id' => 'a'] + $values + ['rev' => '1', 'last_op' => 'token-1'], $row);
        $stored = (array) Capsule::table('mod_provisor_claims')->first();
        Check::lacks('hidden', (string) $stored['pass']);
    },
    'a taken key is a conflict and undoes the changes before it' => static function (): void {
        $host = ready(new WhmcsHost());
        apply($host, [claim('a', ['n' => '1'])]);
        Check::same('conflict', apply($host, [claim('b'), claim('a')]), 'primary key');
        Check::same('conflict', apply($host, [claim('b', ['n' => '1'])]), 'unique key');
        Check::same('applied', apply($host, [claim('c'), claim('d')]), 'two NULLs in a unique key');
        Check::same(['a', 'c', 'd'], array_column(read($host, 'mod_provisor_claims', [], ['id']), 'id'));
    },
    'an update holds only for the rev that was read, and bumps it even when nothing else changes' =>
        static function (): void {
            $host = ready(new WhmcsHost());
            apply($host, [claim('a')]);
            Check::same('conflict', apply($host, [change('a', '2', ['note' => 'x'])]));
            Check::same('conflict', apply($host, [change('z', '1', ['note' => 'x'])]));
            Check::same('applied', apply($host, [change('a', '1', ['note' => null])], 'token-2'));
            $row = read($host, 'mod_provisor_claims')[0];
            Check::same(['2', 'token-2', null], [$row['rev'], $row['last_op'], $row['note']]);
        },
    'a put inserts, sets again, and may set the same' => static function (): void {
        $host = ready(new WhmcsHost());
        $hour = '2026-01-31T00:00:00Z';
        Check::same('applied', apply($host, [reading('vm', $hour, '5'), reading('vm', $hour, '7')]));
        Check::same('applied', apply($host, [reading('vm', $hour, '7')]));
        Check::same([['resource' => 'vm', 'hour' => $hour, 'sent' => '7']], read($host, 'mod_provisor_readings'));
    },
    'a delete takes the row away, or finds it gone' => static function (): void {
        $host = ready(new WhmcsHost());
        apply($host, [claim('a')]);
        $delete = ['kind' => 'delete', 'table' => 'mod_provisor_claims', 'key' => ['id' => 'a']];
        Check::same('applied', apply($host, [$delete]));
        Check::same('applied', apply($host, [$delete]));
        Check::same([], read($host, 'mod_provisor_claims'));
    },
    'a put does not fit a guarded table, nor an update another' => static function (): void {
        $host = ready(new WhmcsHost());
        Check::throws(HostError::class, fn () => apply($host, [['kind' => 'put'] + claim('a')]));
        Check::throws(HostError::class, fn () => apply($host, [['kind' => 'update', 'rev' => '1', 'key' => [
            'resource' => 'a']] + reading('a', '', '1')]));
        Check::same([], read($host, 'mod_provisor_claims'));
    },
    'conditions compare numbers as numbers and text byte by byte' => static function (): void {
        $host = ready(new WhmcsHost());
        apply($host, [claim('a', ['n' => '9']), claim('B', ['n' => '10']), claim('b', ['n' => '-1']), claim('c')]);
        $ids = static fn (array ...$where) => array_column(read($host, 'mod_provisor_claims', $where, ['id']), 'id');
        Check::same(['B', 'a', 'b', 'c'], $ids());
        Check::same(['B'], $ids(where('n', '>', ['9'])));
        Check::same(['B', 'a'], $ids(where('n', '>=', ['9'])));
        Check::same(['b'], $ids(where('n', '<', ['9'])));
        Check::same(['a', 'b'], $ids(where('n', '<=', ['9'])));
        Check::same(['b'], $ids(where('id', '=', ['b'])));
        Check::same(['b', 'c'], $ids(where('id', '>', ['a'])));
        Check::same(['B', 'b'], $ids(where('id', 'in', ['B', 'b', 'zz'])));
        Check::same([], $ids(where('id', 'in', [])));
        Check::same(['c'], $ids(where('n', 'null', [])));
        Check::same(['a'], $ids(where('n', 'not_null', []), where('id', '>=', ['a']), where('n', '>', ['0'])));
        Check::same(['b', 'a'], array_slice(array_column(
            read($host, 'mod_provisor_claims', [where('n', 'not_null', [])], ['n'], 2),
            'id'
        ), 0));
    },
    'text of an attacker stays text' => static function (): void {
        $host = ready(new WhmcsHost());
        $text = "'; DROP TABLE tblhosting; -- `\\%_?";
        apply($host, [claim('a', ['note' => $text])]);
        Check::same($text, read($host, 'mod_provisor_claims', [where('note', '=', [$text])])[0]['note']);
        Check::throws(HostError::class, fn () => apply($host, [['kind' => 'insert', 'table' => 'mod_provisor_claims',
            'values' => ['id` = 1' => 'x']]]));
        Check::throws(HostError::class, fn () => read($host, 'mod_provisor_claims', [where('n', 'OR 1=1', ['1'])]));
        Check::throws(HostError::class, fn () => read($host, 'mod_provisor_claims', [], ['id; x']));
    },
    'a secret is stored in no other column, and no plain text in a secret one' => static function (): void {
        $host = ready(new WhmcsHost());
        Check::throws(HostError::class, fn () => apply($host, [claim('a', ['note' => ['secret' => 'x']])]));
        Check::throws(HostError::class, fn () => apply($host, [claim('a', ['pass' => 'x'])]));
        Check::throws(HostError::class, fn () => apply($host, [claim('a', ['n' => '1.5'])]));
    },
    'too long a key is an error and not a shorter key' => static function (Whmcs $whmcs): void {
        $host = ready(new WhmcsHost());
        $long = str_repeat('k', 192);
        if (Capsule::connection()->getDriverName() === 'mysql') {
            $e = Check::throws(\PDOException::class, fn () => apply($host, [claim($long)]));
            Check::lacks('kkk', WhmcsHost::explain($e)[1]);
            Check::same('host.database', WhmcsHost::explain($e)[0]);
            Check::throws(\PDOException::class, fn () => apply($host, [claim("\u{e4}")]));
        }
    },
    'what the host rolls back takes nothing of ours with it' => static function (): void {
        $host = ready(new WhmcsHost());
        if (Capsule::connection()->getDriverName() === 'sqlite') {
            Capsule::connection()->beginTransaction();
            $e = Check::throws(HostError::class, fn () => apply($host, [claim('a')]));
            Check::same('host.open_transaction', $e->problem);
            Check::throws(HostError::class, fn () => ask(new WhmcsHost(), 'tables.ensure', declaration('new')));
            Check::same([], read($host, 'mod_provisor_claims'), 'reading goes on');
            Capsule::connection()->rollBack();
            Capsule::connection()->getPdo()->beginTransaction();
            Check::throws(HostError::class, fn () => apply($host, [claim('a')]));
            Capsule::connection()->getPdo()->rollBack();
            Check::same('applied', apply($host, [claim('a')]));
            return;
        }
        Capsule::connection()->beginTransaction();
        Whmcs::add('tblconfiguration', ['setting' => 'x']);
        Check::same('applied', apply($host, [claim('a')]));
        Capsule::connection()->rollBack();
        Check::same('a', read($host, 'mod_provisor_claims')[0]['id']);
    },
    'a deadlock is tried again' => static function (): void {
        if (Capsule::connection()->getDriverName() === 'sqlite') {
            return;
        }
        $host = ready(new WhmcsHost());
        apply($host, [claim('a'), claim('b')]);
        $other = pcntl_fork();
        if ($other === 0) {
            // Locks b, then wants a, while we lock a and want b; being the heavier one it wins.
            try {
                $pdo = MariaDb::connect(Whmcs::$database);
                $pdo->exec('START TRANSACTION');
                $pdo->exec("UPDATE mod_provisor_claims SET note = 'other' WHERE id = 'b'");
                for ($i = 0; $i < 50; ++$i) {
                    $pdo->exec("INSERT INTO tblconfiguration (setting) VALUES ('$i')");
                }
                usleep(400_000);
                $pdo->exec("UPDATE mod_provisor_claims SET note = 'other' WHERE id = 'a'");
                $pdo->exec('COMMIT');
            } finally {
                posix_kill(posix_getpid(), SIGKILL);
            }
        }
        usleep(200_000);
        $outcome = apply($host, [change('a', '1', ['amount' => '2']), change('b', '1', ['amount' => '3'])]);
        pcntl_waitpid($other, $status);
        Check::same('applied', $outcome);
        Check::same(['2', '3'], array_column(read($host, 'mod_provisor_claims', [], ['id']), 'amount'));
        Check::same(['other', 'other'], array_column(read($host, 'mod_provisor_claims', [], ['id']), 'note'));
    },
    'a connection that died is opened anew' => static function (): void {
        if (Capsule::connection()->getDriverName() === 'sqlite') {
            return;
        }
        $host = ready(new WhmcsHost());
        $kill = static function (): void {
            $pdo = MariaDb::connect();
            $mine = (string) $pdo->query('SELECT CONNECTION_ID()')->fetchColumn();
            foreach ($pdo->query('SHOW PROCESSLIST')->fetchAll(\PDO::FETCH_COLUMN) as $id) {
                (string) $id === $mine || $pdo->exec("KILL $id");
            }
        };
        $kill();
        Check::same([], read($host, 'mod_provisor_claims'));
        $kill();
        Check::same('applied', apply($host, [claim('a')]));
        $kill();
        Check::true(preg_match('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/', (string) $host->clock('apply')) === 1, 'clock');
    },
    'a COMMIT whose answer is lost is neither repeated nor forgotten' => static function (): void {
        if (Capsule::connection()->getDriverName() === 'sqlite') {
            return;
        }
        foreach (['before', 'after'] as $when) {
            $host = ready(new WhmcsHost());
            apply($host, [['kind' => 'delete', 'table' => 'mod_provisor_claims', 'key' => ['id' => 'a']], claim('b' . $when)]);
            $socket = Site::temporary('proxy') . '/s';
            $proxy = proc_open(
                ['php', dirname(__DIR__) . '/src/lossy_proxy.php', $socket, MariaDb::socket(), $when],
                [['file', '/dev/null', 'r']],
                $pipes
            );
            try {
                for ($i = 0; $i < 100 && !file_exists($socket); ++$i) {
                    usleep(20_000);
                }
                $direct = Capsule::connection()->getConfig();
                $lossy = new Capsule();
                $lossy->addConnection(['unix_socket' => $socket] + $direct);
                $lossy->setAsGlobal();
                $host = ready(new WhmcsHost());
                Check::same('applied', apply($host, [claim('a'), reading('vm', 'h', '1')], "lost-$when"), $when);
                Check::same('applied', apply($host, [change('a', '1', ['amount' => '2'])], "next-$when"), $when);
                $back = new Capsule();
                $back->addConnection($direct);
                $back->setAsGlobal();
                $rows = read(ready(new WhmcsHost()), 'mod_provisor_claims', [where('id', '=', ['a'])]);
                Check::same([['2', '2', "next-$when"]], array_map(
                    static fn (array $row) => [$row['amount'], $row['rev'], $row['last_op']],
                    $rows
                ), $when);
            } finally {
                proc_terminate($proxy);
                proc_close($proxy);
            }
        }
    },
    'two that change one row: one applied, one conflict' => static function (): void {
        $host = ready(new WhmcsHost());
        apply($host, [claim('a', ['n' => '0'])]);
        $children = [];
        for ($i = 0; $i < 4; ++$i) {
            $child = pcntl_fork();
            if ($child === 0) {
                $signal = SIGTERM;
                try {
                    Capsule::connection()->reconnect();
                    $mine = ready(new WhmcsHost());
                    for ($done = 0; $done < 10;) {
                        $row = read($mine, 'mod_provisor_claims')[0];
                        $next = ['n' => (string) ($row['n'] + 1)];
                        $done += apply($mine, [change('a', $row['rev'], $next)]) === 'applied' ? 1 : 0;
                    }
                    $signal = SIGKILL;
                } catch (\Throwable $e) {
                    fwrite(STDERR, $e->getMessage() . "\n");
                } finally {
                    posix_kill(posix_getpid(), $signal);
                }
            }
            $children[] = $child;
        }
        foreach ($children as $child) {
            pcntl_waitpid($child, $status);
            Check::same(SIGKILL, pcntl_wtermsig($status), 'end of a child');
        }
        Check::same('40', read(ready(new WhmcsHost()), 'mod_provisor_claims')[0]['n']);
    },
    'the clock is the database\'s, in UTC' => static function (): void {
        $clock = (string) (new WhmcsHost())->clock('apply');
        Check::true(abs(strtotime($clock) - time()) < 3, "$clock is now");
        Check::same(null, (new WhmcsHost())->clock('mail.send'));
    },
];
