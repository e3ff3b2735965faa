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
        Install::openToOthers(ROOTDIR);
        $command = [PHP_BINARY];
        foreach ($phpSettings as $setting) {
            array_push($command, '-d', $setting);
        }
        array_push($command, '-S', "127.0.0.1:$port", '-t', ROOTDIR, __DIR__ . '/Pages/router.php');
        $file = ROOTDIR . '/storage/server.log';
        $log = fopen($file, 'a');
        $before = (int) fstat($log)['size'];
        $server = proc_open([...self::asNobody(), ...$command], [['file', '/dev/null', 'r'], $log, $log], $pipes);
        $taken = $server === false ? 0 : self::portOf($server, $file, $before);
        if ($taken === 0) {
            $last = trim((string) shell_exec('tail -n 2 ' . escapeshellarg($file)));
            throw new Refusal("the web server did not start on 127.0.0.1:$port: $last");
        }
        Settings::set('SystemURL', "http://127.0.0.1:$taken/");
        self::announce($taken);
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

    /**
     * The port that the server says it listens on: asked for none, the system gives it a free one.
     *
     * @param resource $server
     * @return int 0 when it ended, or said nothing for half a minute
     */
    private static function portOf($server, string $log, int $before): int
    {
        for ($try = 0; $try < 600 && proc_get_status($server)['running']; $try++) {
            $said = (string) file_get_contents($log, false, null, $before);
            if (preg_match('~ Development Server \(http://127\.0\.0\.1:(\d+)\) started~', $said, $part) === 1) {
                return (int) $part[1];
            }
            usleep(50_000);
        }
        return 0;
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
