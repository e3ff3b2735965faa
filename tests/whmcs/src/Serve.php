<?php

/**
 * `whmcs serve`: php's own web server on the loopback address over the root, as an unprivileged user when started by
 * root, until it is told to stop. Prints the address and one-time addresses that are already logged in.
 */

declare(strict_types=1);

namespace StandIn;

use StandIn\Pages\Session;
use WHMCS\Database\Capsule;

final class Serve
{
    /** @param list<string> $phpSettings name=value for php -d */
    public static function run(int $port, array $phpSettings): int
    {
        $port = $port === 0 ? self::freePort() : $port;
        Settings::set('SystemURL', "http://127.0.0.1:$port/");
        Install::openToOthers(ROOTDIR);
        $command = [PHP_BINARY];
        foreach ($phpSettings as $setting) {
            array_push($command, '-d', $setting);
        }
        array_push($command, '-S', "127.0.0.1:$port", '-t', ROOTDIR, __DIR__ . '/Pages/router.php');
        $log = fopen(ROOTDIR . '/storage/server.log', 'a');
        $server = proc_open([...self::asNobody(), ...$command], [['file', '/dev/null', 'r'], $log, $log], $pipes);
        if ($server === false || !self::answers($server, $port)) {
            $last = trim((string) shell_exec('tail -n 2 ' . escapeshellarg(ROOTDIR . '/storage/server.log')));
            throw new Refusal("the web server did not start on 127.0.0.1:$port: $last");
        }
        self::announce($port);
        $stop = false;
        pcntl_async_signals(true);
        foreach ([SIGTERM, SIGINT, SIGHUP] as $signal) {
            pcntl_signal($signal, static function () use (&$stop): void {
                $stop = true;
            });
        }
        while (!$stop && proc_get_status($server)['running']) {
            usleep(200_000);
        }
        if (!$stop) {
            throw new Refusal('the web server ended by itself; see storage/server.log');
        }
        proc_terminate($server);
        proc_close($server);
        return 0;
    }

    private static function announce(int $port): void
    {
        $url = "http://127.0.0.1:$port";
        echo "$url/\n";
        foreach (Capsule::table('tblhosting')->orderBy('id')->limit(20)->get(['id', 'userid', 'domain']) as $service) {
            $once = Session::oneTime('uid', (int) $service->userid);
            echo "service $service->id $service->domain: $url/dologin.php?once=$once&service=$service->id\n";
        }
        echo "staff: $url/dologin.php?once=" . Session::oneTime('adminid', 1) . "\n";
        echo "Ctrl-C stops it.\n";
    }

    private static function freePort(): int
    {
        $socket = stream_socket_server('tcp://127.0.0.1:0');
        $name = (string) stream_socket_get_name($socket, false);
        fclose($socket);
        return (int) substr($name, strrpos($name, ':') + 1);
    }

    /** @param resource $server */
    private static function answers($server, int $port): bool
    {
        for ($try = 0; $try < 100 && proc_get_status($server)['running']; $try++) {
            $connection = @fsockopen('127.0.0.1', $port, $code, $text, 1);
            if ($connection !== false) {
                fclose($connection);
                usleep(100_000);
                return proc_get_status($server)['running'];
            }
            usleep(50_000);
        }
        return false;
    }

    /** @return list<string> the words before the command that drop root's rights, where files allow that */
    private static function asNobody(): array
    {
        if (posix_geteuid() !== 0) {
            return [];
        }
        $words = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--no-new-privs', '--'];
        $checks = [['-r', __FILE__], ['-r', ROOTDIR . '/init.php'], ['-w', ROOTDIR . '/storage'],
            ['-r', ROOTDIR . '/configuration.php']];
        foreach ($checks as [$test, $path]) {
            exec(implode(' ', array_map('escapeshellarg', [...$words, 'test', $test, $path])) . ' 2>&1', $out, $code);
            if ($code !== 0) {
                fwrite(STDERR, "The web server stays root: nobody may not use $path.\n");
                return [];
            }
        }
        return $words;
    }
}
