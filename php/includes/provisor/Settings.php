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
        $file = __DIR__ . '/config.php';
        $settings = is_file($file) ? require $file : [];
        return is_array($settings) ? array_map('intval', $settings['limits'] ?? []) : [];
    }
}
