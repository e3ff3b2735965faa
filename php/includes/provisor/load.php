<?php

/**
 * What every entry file requires first: the check of the PHP version and the way to our classes.
 *
 * This file stays readable for PHP 7, so that an old PHP shows a sentence instead of a parse error. It opens no
 * database and loads no library.
 */

defined('WHMCS') || exit;

/**
 * Why this PHP cannot run the module; '' when it can.
 *
 * @return string
 */
function provisor_refusal()
{
    if (PHP_VERSION_ID >= 80100) {
        return '';
    }
    return 'This module needs PHP 8.1 or later, and this is PHP ' . PHP_VERSION . '. Nothing was done.'
        . ' Choose a later PHP for the web site and for the cron.';
}

/**
 * Runs a job for an action hook of WHMCS, whose action goes on whatever becomes of it.
 *
 * @param string $job
 * @param array<string, mixed> $input
 * @return void
 */
function provisor_hook($job, array $input)
{
    // An old PHP cannot even read our classes.
    if (provisor_refusal() === '') {
        Provisor\Entry::hook($job, $input);
    }
}

spl_autoload_register(static function ($class) {
    if (strncmp($class, 'Provisor\\', 9) === 0) {
        $file = __DIR__ . '/' . str_replace('\\', '/', substr($class, 9)) . '.php';
        if (is_file($file)) {
            require_once $file;
        }
    }
});
