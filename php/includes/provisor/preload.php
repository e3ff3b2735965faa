<?php

/**
 * For opcache.preload: gives the one class that calls the library the right to do so under ffi.enable=preload.
 *
 * It compiles that class and nothing else. The library itself is loaded inside each worker on first use, never here,
 * because this script runs before PHP-FPM forks. Restart PHP-FPM after each update.
 */

declare(strict_types=1);

if (PHP_VERSION_ID >= 80100 && !isset($_SERVER['REQUEST_METHOD'])) {
    opcache_compile_file(__DIR__ . '/Library.php');
}
