<?php

declare(strict_types=1);

namespace Provisor\Hazards;

/** What a case promises: each prints one line. A promise that does not hold does not end the case. */
final class Promise
{
    public static int $failed = 0;

    private static string $group = '';

    public static function group(string $name, callable $test): void
    {
        self::$group = $name;
        try {
            $test();
        } catch (\Throwable $e) {
            self::line(false, 'runs to its end', $e->getMessage() . ' at ' . basename($e->getFile()) . ':'
                . $e->getLine());
        }
    }

    public static function holds(bool $holds, string $promise, string $why = ''): void
    {
        self::line($holds, $promise, $why);
    }

    public static function same(mixed $expected, mixed $found, string $promise): void
    {
        $same = $expected === $found;
        if (!$same && is_array($expected) && is_array($found) && !array_is_list($expected)) {
            // Of long maps, what differs.
            foreach (array_keys($expected) as $key) {
                if (array_key_exists($key, $found) && $found[$key] === $expected[$key]) {
                    unset($found[$key], $expected[$key]);
                }
            }
        }
        self::line($same, $promise, 'found ' . self::show($found) . ' instead of ' . self::show($expected));
    }

    public static function says(string $part, string $whole, string $promise): void
    {
        self::line(str_contains($whole, $part), $promise, "\"$part\" is not in: $whole");
    }

    public static function note(string $text): void
    {
        echo "      $text\n";
    }

    private static function line(bool $holds, string $promise, string $why): void
    {
        self::$failed += $holds ? 0 : 1;
        echo ($holds ? 'ok     ' : 'FAILED ') . self::$group . ": $promise"
            . ($holds ? '' : "\n       " . str_replace("\n", "\n       ", substr($why, 0, 3000))) . "\n";
    }

    private static function show(mixed $value): string
    {
        return (string) json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
            | JSON_INVALID_UTF8_SUBSTITUTE);
    }
}
