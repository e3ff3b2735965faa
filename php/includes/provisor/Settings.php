<?php

declare(strict_types=1);

namespace Provisor;

/** What an installation sets itself: the optional file config.php beside this one. */
final class Settings
{
    /**
     * The limits of a job, as whole numbers: connect_seconds, read_seconds, step_seconds, lease_seconds, page_rows,
     * periods_per_run. What config.php does not name keeps its default.
     *
     * @return array<string, int>
     */
    public static function limits(): array
    {
        return array_map('intval', self::read()['limits'] ?? []);
    }

    /**
     * The limits of a job that somebody waits for: `page` (3 seconds, then the last known values) or `action`
     * (25 seconds). config.php sets other numbers as page_seconds and action_seconds.
     *
     * @return array<string, int>
     */
    public static function waiting(string $for): array
    {
        $seconds = (int) (self::read()["{$for}_seconds"] ?? ($for === 'page' ? 3 : 25));
        return ['connect_seconds' => min(5, $seconds), 'read_seconds' => $seconds, 'step_seconds' => $seconds];
    }

    /** @return array<string, mixed> */
    private static function read(): array
    {
        $file = __DIR__ . '/config.php';
        $settings = is_file($file) ? require $file : [];
        return is_array($settings) ? $settings : [];
    }
}
