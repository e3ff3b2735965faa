<?php

declare(strict_types=1);

namespace Provisor\Tests;

/** Copies of php/ with the built binaries in place, and PHP processes that use them. */
final class Site
{
    public static string $library = '';
    public static string $program = '';

    /** @var list<string> */
    private static array $folders = [];

    public static function temporary(string $name): string
    {
        $folder = sys_get_temp_dir() . "/provisor-$name-" . bin2hex(random_bytes(5));
        mkdir($folder, 0755);
        return self::$folders[] = $folder;
    }

    /** A WHMCS root with our files. */
    public static function make(bool $library = true, bool $program = true): string
    {
        $root = self::temporary('site');
        self::copy(dirname(__DIR__, 3) . '/php', $root);
        $bin = self::binaries($root);
        is_dir($bin) || mkdir($bin, 0755, true);
        // The folder that was copied may hold an earlier build.
        array_map(unlink(...), glob("$bin/*") ?: []);
        if ($library) {
            copy(self::$library, "$bin/libprovisor.so");
        }
        if ($program) {
            copy(self::$program, "$bin/provisor");
            chmod("$bin/provisor", 0755);
        }
        return $root;
    }

    public static function binaries(string $root): string
    {
        return "$root/includes/provisor/lib/linux-" . php_uname('m');
    }

    /**
     * Runs code in a PHP of its own that has the site's load.php; returns what it printed.
     *
     * @param list<string> $settings for -d
     */
    public static function php(string $root, string $code, array $settings = [], string $before = ''): string
    {
        $command = ['php'];
        foreach (['display_errors=1', ...$settings] as $setting) {
            array_push($command, '-d', $setting);
        }
        $file = "$root/code.php";
        file_put_contents($file, "<?php error_reporting(E_ALL & ~E_DEPRECATED); define('WHMCS', true); $before"
            . " require '$root/includes/provisor/load.php'; $code");
        [, $out] = self::run([...$command, $file]);
        unlink($file);
        return $out;
    }

    /**
     * @param list<string>           $command
     * @param array<string, string>|null $environment
     * @return array{int, string} exit status, and both outputs together
     */
    public static function run(array $command, ?array $environment = null, string $input = ''): array
    {
        $process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['redirect', 1]], $pipes, null, $environment);
        fwrite($pipes[0], $input);
        fclose($pipes[0]);
        $out = (string) stream_get_contents($pipes[1]);
        fclose($pipes[1]);
        return [proc_close($process), $out];
    }

    /** The command, as an unprivileged user when we are root. @param list<string> $command @return list<string> */
    public static function unprivileged(array $command): array
    {
        return posix_geteuid() === 0
            ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', ...$command]
            : $command;
    }

    public static function sweep(): void
    {
        foreach (self::$folders as $folder) {
            self::run(['rm', '-rf', $folder]);
        }
    }

    private static function copy(string $from, string $to): void
    {
        [$status, $said] = self::run(['cp', '-r', "$from/.", $to]);
        Check::same(0, $status, $said);
    }
}
