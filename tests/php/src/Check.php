<?php

declare(strict_types=1);

namespace Provisor\Tests;

/** The few words a test needs. A test is a closure under a name that is a promise; it fails by throwing. */
final class Check
{
    /** @param array<string, callable(): void> $tests */
    public static function all(string $group, array $tests): bool
    {
        $good = true;
        foreach ($tests as $name => $test) {
            $started = hrtime(true);
            try {
                $test();
                printf("ok    %s: %s (%d ms)\n", $group, $name, (hrtime(true) - $started) / 1e6);
            } catch (\Throwable $e) {
                $good = false;
                printf("FAIL  %s: %s\n      %s\n      at %s:%d\n", $group, $name, str_replace(
                    "\n",
                    "\n      ",
                    $e->getMessage()
                ), $e->getFile(), $e->getLine());
            }
        }
        return $good;
    }

    public static function same(mixed $expected, mixed $actual, string $what = 'value'): void
    {
        if ($expected !== $actual) {
            throw new \RuntimeException("$what is " . self::show($actual) . "\ninstead of " . self::show($expected));
        }
    }

    public static function true(bool $holds, string $what): void
    {
        if (!$holds) {
            throw new \RuntimeException("does not hold: $what");
        }
    }

    public static function contains(string $part, string $whole): void
    {
        self::true(str_contains($whole, $part), "\"$part\" is in \"$whole\"");
    }

    public static function lacks(string $part, string $whole): void
    {
        self::true(!str_contains($whole, $part), "\"$part\" is not in \"$whole\"");
    }

    /**
     * @template T of \Throwable
     * @param class-string<T> $class
     * @return T
     */
    public static function throws(string $class, callable $run): \Throwable
    {
        try {
            $run();
        } catch (\Throwable $e) {
            if ($e instanceof $class) {
                return $e;
            }
            throw $e;
        }
        throw new \RuntimeException("nothing was thrown instead of $class");
    }

    private static function show(mixed $value): string
    {
        return (string) json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
            | JSON_INVALID_UTF8_SUBSTITUTE);
    }
}
