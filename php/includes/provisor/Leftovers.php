<?php

declare(strict_types=1);

namespace Provisor;

/**
 * Finds what an older module left in WHMCS's folder and in the cron tables, and names it with what to do. Looks only; a
 * file or a table that may not be read is left out.
 */
final class Leftovers
{
    /** Where cron tables lie. */
    private const TABLES = ['/etc/crontab', '/etc/cron.d/*', '/var/spool/cron/*', '/var/spool/cron/crontabs/*'];

    /**
     * @param array<string, array<string, mixed>> $list as a module's leftovers.php returns it
     * @param ?list<string>                       $tables where cron tables lie; null: where systems have them, and the
     *                                                    present user's own
     * @return list<string> a line each: what, where, what to do
     */
    public static function named(string $root, array $list, ?array $tables = null): array
    {
        $lines = [];
        foreach ($list['files'] ?? [] as $path => $what) {
            foreach (glob("$root/$path") ?: [] as $found) {
                $lines[] = substr($found, strlen($root) + 1) . ": $what";
            }
        }
        foreach ($list['texts'] ?? [] as $path => $texts) {
            foreach (glob("$root/$path") ?: [] as $found) {
                $content = is_readable($found) ? (string) file_get_contents($found) : '';
                foreach ($texts as $text => $what) {
                    if (str_contains($content, $text)) {
                        $lines[] = substr($found, strlen($root) + 1) . ": $what";
                    }
                }
            }
        }
        foreach (self::cronLines($tables) as [$where, $line]) {
            foreach ($list['crons'] ?? [] as $folder => $good) {
                $problem = self::problem($line, $folder, $good, $root);
                if ($problem !== '') {
                    $lines[] = "cron line in $where: \"" . self::shown($line) . "\" $problem";
                }
            }
        }
        return $lines;
    }

    /** What is wrong with a cron line that calls something in the folder; '' for nothing. */
    private static function problem(string $line, string $folder, string $good, string $root): string
    {
        $at = strpos($line, $folder);
        if ($at === false) {
            return '';
        }
        if (preg_match('#https?://\S*' . preg_quote($folder, '#') . '#i', $line) === 1) {
            return "calls a web address, which answers nobody any more: let it run php -q $root/$good";
        }
        $path = $folder . strtok(substr($line, $at + strlen($folder)), " \t\"';&|>)");
        return $path === $good ? '' : "calls $path, which does nothing any more: remove it, or let it run $good";
    }

    /**
     * @param ?list<string> $tables
     * @return list<array{string, string}> where, and the line
     */
    private static function cronLines(?array $tables): array
    {
        $lines = [];
        foreach ($tables ?? self::TABLES as $pattern) {
            foreach (glob($pattern) ?: [] as $file) {
                if (is_file($file) && is_readable($file)) {
                    $lines[$file] = (string) file_get_contents($file);
                }
            }
        }
        if ($tables === null) {
            $lines['the present user\'s crontab'] = self::ownTable();
        }
        $found = [];
        foreach ($lines as $where => $text) {
            foreach (preg_split('/\R/', $text) ?: [] as $line) {
                $line = trim($line);
                if ($line !== '' && $line[0] !== '#') {
                    $found[$line] ??= [(string) $where, $line];
                }
            }
        }
        return array_values($found);
    }

    private static function ownTable(): string
    {
        if (!function_exists('proc_open') || !function_exists('proc_close')) {
            return '';
        }
        $ends = [['pipe', 'r'], ['pipe', 'w'], ['redirect', 1]];
        $process = @proc_open(['crontab', '-l'], $ends, $pipes);
        if (!is_resource($process)) {
            return '';
        }
        fclose($pipes[0]);
        $text = (string) stream_get_contents($pipes[1]);
        fclose($pipes[1]);
        proc_close($process);
        return $text;
    }

    /** A cron line may hold a password in an address or an argument. */
    private static function shown(string $line): string
    {
        $line = (string) preg_replace('#//[^/\s@]+@#', '//***@', $line);
        return (string) preg_replace('/((?:pass\w*|pw|key|token|secret)[=\s:]+)[^\s&"\']+/i', '$1***', $line);
    }
}
