<?php

/**
 * Starts one process of the stand-in: configuration.php, the database, the clock, the session, the hooks.
 * Owns the order of these steps and nothing else.
 */

declare(strict_types=1);

namespace StandIn;

use StandIn\Modules\HookFiles;

final class Boot
{
    public static function start(string $root): void
    {
        error_reporting(E_ALL);
        ini_set('display_errors', PHP_SAPI === 'cli' ? 'stderr' : '0');
        self::configuration($root);
        Database::connect($GLOBALS['stand_in_db']);
        if (!Database::isInstalled()) {
            return;
        }
        self::globals();
        Clock::load();
        if (PHP_SAPI === 'cli') {
            $_SESSION ??= [];
        } else {
            Pages\Session::start($root);
        }
        HookFiles::load($root);
        Nasty\Hooks::register();
    }

    /** whmcs-contract.md 4.5: configuration.php sets globals such as $cc_encryption_hash and $templates_compiledir. */
    private static function configuration(string $root): void
    {
        require $root . '/configuration.php';
        foreach (get_defined_vars() as $name => $value) {
            if ($name !== 'root') {
                $GLOBALS[$name] = $value;
            }
        }
    }

    /** whmcs-contract.md 4.5: the global $CONFIG holds the rows of tblconfiguration. */
    private static function globals(): void
    {
        $GLOBALS['CONFIG'] = Settings::all();
        $GLOBALS['_LANG'] = [];
    }
}
