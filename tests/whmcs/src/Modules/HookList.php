<?php

/** Registered hooks. Follows whmcs-contract.md 3.1: lower priority first, then order of registration. */

declare(strict_types=1);

namespace StandIn\Modules;

final class HookList
{
    /** @var array<string, list<array{int, callable|string}>> */
    private static array $hooks = [];

    public static function add(string $point, int $priority, callable|string $function): void
    {
        self::$hooks[$point][] = [$priority, $function];
    }

    /**
     * Runs all callbacks and returns the list of their returns, without the nulls. Exceptions are not isolated
     * (whmcs-contract.md 3.1).
     *
     * @return list<mixed>
     */
    public static function run(string $point, mixed $argument): array
    {
        $hooks = self::$hooks[$point] ?? [];
        usort($hooks, static fn (array $a, array $b): int => $a[0] <=> $b[0]);
        $returns = [];
        foreach ($hooks as [, $function]) {
            if (is_string($function) && !is_callable($function)) {
                continue;
            }
            $return = $function($argument);
            if ($return !== null) {
                $returns[] = $return;
            }
        }
        return $returns;
    }

    /** @return list<string> */
    public static function points(): array
    {
        return array_keys(self::$hooks);
    }
}
