<?php

/**
 * The OnApp module where the old one was: tables as it made them, its files and cron lines, and WHMCS's action hooks. No
 * panel answers here.
 */

declare(strict_types=1);

namespace Provisor\Tests;

/** A stand-in whose services 1 to 3 the old module left: never closed, in the middle of a period, with a missed day. */
function oldInstallation(string $accessHash = '<plainHttp>yes</plainHttp>', string $host = '127.0.0.1'): string
{
    $root = Site::temporary('old');
    $whmcs = dirname(__DIR__, 2) . '/whmcs/whmcs';
    $day = static fn (int $ago) => date('Y-m-d', time() - $ago * 86400);
    $commands = [
        ['install', '--modules', Site::make()],
        ['server:add', '--hostname', $host, '--port', '1', '--username', 'admin', '--password', 'p1anted-secret',
            '--accesshash', $accessHash],
        ['client:add', '--email', 'c@example.test'],
        ['product:add', '--name', 'VM', '--overages', '--bw-limit', '1000', '--bw-price', '0.02', '--autosetup', '',
            '--option', '1=1', '--option', '2=1', '--option', '6=1'],
    ];
    foreach ([1, 2, 3] as $n) {
        $commands[] = ['order', '--client', '1', '--product', '1', '--domain', "vm$n.example.test", '--password', 'p1anted-root'];
    }
    // The tables as the old module made them (reference: onapp-vm-module.md 3), on whatever database this is.
    foreach ([
        'CREATE TABLE tblonappclients (server_id INT NOT NULL, client_id INT NOT NULL, onapp_user_id INT NOT NULL,'
            . ' password TEXT NOT NULL, email TEXT NOT NULL, PRIMARY KEY (server_id, client_id))',
        'CREATE TABLE tblonappservices (service_id INT NOT NULL PRIMARY KEY, vm_id INT NOT NULL, memory INT NOT NULL,'
            . ' cpus INT NOT NULL, cpu_shares INT NOT NULL, disk_size INT NOT NULL DEFAULT 0)',
        'CREATE TABLE tblonappips (serviceid INT NOT NULL, ipid INT NOT NULL, isbase TINYINT NOT NULL DEFAULT 0,'
            . ' PRIMARY KEY (serviceid, ipid))',
        'CREATE TABLE tblonappcronhostingdates (hosting_id INT NOT NULL UNIQUE, account_date DATETIME NOT NULL)',
        "INSERT INTO tblonappclients VALUES (1, 1, 12, 'sealed', 'c@example.test')",
        'INSERT INTO tblonappservices VALUES (1, 101, 1024, 1, 50, 20), (2, 102, 1024, 1, 50, 20), (3, 103, 1024, 1, 50, 20)',
        'INSERT INTO tblonappips VALUES (2, 7, 1)',
        "INSERT INTO tblonappcronhostingdates VALUES (2, '{$day(10)} 00:15:00'), (3, '{$day(70)} 00:15:00')",
        "UPDATE tblhosting SET server = 1, domainstatus = 'Active', regdate = CASE id WHEN 1 THEN '{$day(5)}'"
            . " WHEN 2 THEN '{$day(41)}' ELSE '{$day(101)}' END",
    ] as $sql) {
        $commands[] = ['sql', $sql];
    }
    foreach ($commands as $command) {
        [$status, $said] = Site::run(['php', $whmcs, ...$command, '--root', $root]);
        Check::same(0, $status, "$command[0]: $said");
    }
    chmod(Site::binaries($root) . '/provisor', 0755);
    return $root;
}

/** @return list<array<string, ?string>> */
function rowsOf(string $root, string $sql): array
{
    return json_decode(Site::run(['php', dirname(__DIR__, 2) . '/whmcs/whmcs', 'sql', $sql, '--json', '--root', $root])[1], true);
}

function bandwidthCron(string $root, string ...$words): array
{
    return Site::run(['php', '-q', "$root/modules/servers/onapp/cron_bandwidth.php", ...$words]);
}

/** Runs code inside a stand-in with its hooks loaded. */
function within(string $root, string $code): string
{
    file_put_contents("$root/code.php", "<?php chdir('$root'); require '$root/init.php';"
        . " require_once '$root/includes/provisor/load.php'; require_once '$root/modules/servers/onapp/hooks.php'; $code");
    return Site::run(['php', "$root/code.php"])[1];
}

return [
    'an old installation is listed without a change, then taken over in place' => static function (): void {
        $root = oldInstallation();
        $before = rowsOf($root, 'SELECT * FROM tblonappcronhostingdates ORDER BY hosting_id');
        [$status, $out] = bandwidthCron($root, '--takeover');
        Check::same(0, $status, $out);
        Check::contains('3 wait for the next collection', $out);
        Check::same(3, substr_count($out, 'will take over service '), $out);
        Check::contains('will take over service 1 (VM 101): its last period was closed never; not billed since', $out);
        Check::contains("service 2 (VM 102): its last period was closed {$before[0]['account_date']};", $out);
        Check::contains('cannot be used as it is entered: server 1', $out);
        Check::same([], rowsOf($root, 'SELECT * FROM mod_provisor_services'));
        // The cron cannot reach the panel; what is to be read and from when is on record all the same.
        bandwidthCron($root);
        $taken = rowsOf($root, 'SELECT service_id, recorded, unbilled_from FROM mod_provisor_takeovers ORDER BY service_id');
        Check::same(['1', '2', '3'], array_map(strval(...), array_column($taken, 'service_id')));
        Check::same([null, $before[0]['account_date'], $before[1]['account_date']], array_column($taken, 'recorded'));
        Check::same(substr($before[0]['account_date'], 0, 10) . 'T00:00:00Z', $taken[1]['unbilled_from']);
        [, $out] = bandwidthCron($root, '--dry-run');
        Check::contains('3 services were taken over', $out);
        Check::contains('ended before the take-over: service 3', $out);
        Check::contains('not collected yet', $out);
        Check::lacks('ended before the take-over: service 2', $out);
        [$status, $out] = bandwidthCron($root, '--takeover', '--bill=all');
        Check::same(0, $status, $out);
        Check::same([], rowsOf($root, 'SELECT * FROM mod_provisor_periods'), 'what was not measured is not billed');
        Check::same($before, rowsOf($root, 'SELECT * FROM tblonappcronhostingdates ORDER BY hosting_id'));
        Check::lacks('p1anted', $out);
    },
    'a server that was called without encryption is named with the tag to add' => static function (): void {
        [$status, $out] = bandwidthCron(oldInstallation('', '203.0.113.9'), '--takeover');
        Check::same(0, $status, $out);
        Check::contains('<plainHttp>yes</plainHttp>', $out);
        Check::contains('tick Secure', $out);
    },
    'a wrong word for the cron bills nothing and shows the words there are' => static function (): void {
        $root = standIn();
        foreach ([['--bill=all'], ['--takeover', '--dry-run'], ['--takeover', '--bill'], ['--takeover', '--bill='], ['--takeover', '17'], ['--bill=all', '--dry-run']] as $words) {
            [$status, $out] = bandwidthCron($root, ...$words);
            Check::same(2, $status, implode(' ', $words) . ": $out");
            Check::contains('--takeover', $out);
        }
        [$status, $out] = bandwidthCron($root, '--takeover', '--bill=everybody');
        Check::same(1, $status, $out);
        Check::contains('onapp.takeover_choice', $out);
    },
    'files and cron lines of the old module are named with what to do, and what is right is not' => static function (): void {
        $root = standIn();
        $folder = Site::temporary('left');
        foreach (['includes/wrapper/OnApp.php', 'modules/servers/onapp/lib.php', 'modules/servers/onapp/includes/onapp.js',
            'templates/portal/onapp/clientareaoverview.tpl', 'templates/six/onapp/page.tpl', 'templates/six/header.tpl'] as $file) {
            is_dir(dirname("$folder/$file")) || mkdir(dirname("$folder/$file"), 0755, true);
            touch("$folder/$file");
        }
        file_put_contents("$folder/templates/portal/header.tpl", '<a href="onapp.php">OnApp</a>');
        file_put_contents("$folder/onapp.php", '<?php require "dbconnect.php";');
        file_put_contents("$folder/crontab", implode("\n", [
            '# 0 * * * * php /www/modules/servers/onapp/old.php',
            '15 * * * * php -q /www/modules/servers/onapp/cron_bandwidth.php',
            '16 * * * * root php -q "/www/modules/servers/onapp/cron_bandwidth.php" >/dev/null',
            '17 * * * * wget -q https://me:p1anted@www.example.test/modules/servers/onapp/cron_bandwidth.php?key=p1anted',
            '18 * * * * php -q /www/modules/servers/onapp/cron.php',
            '*/5 * * * * php -q /www/crons/cron.php', '']));
        $code = "define('WHMCS', true); \$lines = Provisor\\Leftovers::named('$folder', require"
            . " '$root/modules/servers/onapp/leftovers.php', ['$folder/crontab', '$folder/none/*']); echo json_encode(\$lines);";
        file_put_contents("$folder/code.php", "<?php define('WHMCS', true); require '$root/includes/provisor/load.php';"
            . str_replace("define('WHMCS', true); ", '', $code));
        [, $out] = Site::run(['php', "$folder/code.php"]);
        $lines = json_decode($out, true);
        Check::true(is_array($lines), $out);
        $start = array_map(static fn (string $line) => explode(':', $line)[0], array_slice($lines, 0, -2));
        Check::same(['includes/wrapper', 'modules/servers/onapp/lib.php', 'modules/servers/onapp/includes',
            'templates/portal/onapp/clientareaoverview.tpl', 'onapp.php', 'templates/portal/header.tpl'], $start, $out);
        Check::contains('calls a web address', $lines[count($lines) - 2]);
        Check::contains('modules/servers/onapp/cron.php, which does nothing any more', $lines[count($lines) - 1]);
        Check::lacks('p1anted', $out);
    },
    'our own files are never called left over' => static function (): void {
        $files = dirname(__DIR__, 3) . '/php';
        $root = standIn();
        file_put_contents("$root/own.php", "<?php define('WHMCS', true); require '$root/includes/provisor/load.php';"
            . " echo json_encode(Provisor\\Leftovers::named('$files', require '$root/modules/servers/onapp/leftovers.php', []));");
        Check::same('[]', Site::run(['php', "$root/own.php"])[1]);
    },
    'an accepted order, another address, a deleted client and a deleted service run through WHMCS' => static function (): void {
        $root = oldInstallation();
        $order = rowsOf($root, 'SELECT orderid FROM tblhosting WHERE id = 1')[0]['orderid'];
        rowsOf($root, 'DELETE FROM tblonappservices WHERE service_id = 1');
        rowsOf($root, 'UPDATE tblhosting SET server = 0 WHERE id = 1');
        $said = within($root, "run_hook('AcceptOrder', ['orderid' => $order]);"
            . ' StandIn\Clients::update(1, ["email" => "new@example.test"]); run_hook("ServiceDelete", ["serviceid" => 2, "userid" => 1]);'
            . ' run_hook("PreDeleteClient", ["userid" => 1]); run_hook("AfterCronJob", []); echo "done";');
        Check::same('done', $said);
        Check::same('1', (string) rowsOf($root, 'SELECT server FROM tblhosting WHERE id = 1')[0]['server']);
        Check::same(1, count(rowsOf($root, 'SELECT * FROM tblonappclients')), 'VM 102 was never seen: this alone says whose it is');
        rowsOf($root, 'DELETE FROM tblonappservices');
        Check::same('done', within($root, 'run_hook("PreDeleteClient", ["userid" => 1]); echo "done";'));
        Check::same([], rowsOf($root, 'SELECT * FROM tblonappclients'));
        $log = implode("\n", array_column(rowsOf($root, 'SELECT description FROM tblactivitylog'), 'description'));
        Check::contains('keeps the login c@example.test', $log);
        Check::contains('VM 102 is still on record', $log);
    },
    'no hook keeps WHMCS from what it is doing, whatever is broken' => static function (): void {
        $root = oldInstallation();
        array_map(unlink(...), glob(Site::binaries($root) . '/*') ?: []);
        $all = 'foreach (["AcceptOrder" => ["orderid" => 1], "ClientEdit" => ["userid" => 1, "email" => "x@example.test"],'
            . ' "PreDeleteClient" => ["userid" => 1], "ClientDelete" => ["userid" => 1], "ServiceDelete" => ["serviceid" => 1],'
            . ' "AfterCronJob" => []] as $hook => $vars) { run_hook($hook, $vars); run_hook($hook, []); } echo "went on";';
        Check::same('went on', within($root, $all));
        Check::true(rowsOf($root, "SELECT id FROM tblactivitylog WHERE description LIKE 'Provisor%'") !== [], 'it is told');
        Check::same('', within($root, 'require "includes/hooks/onapp.php";'), 'the old hook file says nothing');
    },
];
