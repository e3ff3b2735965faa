<?php

/**
 * Finds classes: Debian's illuminate/database, Carbon and Smarty 4, the stand-in's own StandIn\*, the documented
 * WHMCS\* classes, and the classes of modules (whmcs-contract.md 1.1: WHMCS\Module\Server\<Studly>\X is
 * modules/servers/<name>/lib/X.php).
 */

declare(strict_types=1);

foreach (['pdo', 'mbstring', 'openssl', 'posix'] as $extension) {
    if (!extension_loaded($extension)) {
        fwrite(STDERR, "The WHMCS stand-in needs PHP's $extension: install the packages of packages.txt there.\n");
        exit(2);
    }
}
foreach (['Illuminate/Database/autoload.php', 'Carbon/autoload.php'] as $needed) {
    if (stream_resolve_include_path($needed) === false) {
        fwrite(STDERR, "The WHMCS stand-in needs $needed: install the packages of tests/whmcs/packages.txt.\n");
        exit(2);
    }
    require_once $needed;
}

spl_autoload_register(static function (string $class): void {
    if ($class === 'Smarty') {
        require_once 'smarty4/Smarty.class.php';
        return;
    }
    foreach (['StandIn\\' => __DIR__ . '/', 'WHMCS\\' => __DIR__ . '/WHMCS/'] as $prefix => $folder) {
        if (str_starts_with($class, $prefix)) {
            $file = $folder . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
            if (is_file($file)) {
                require $file;
                return;
            }
        }
    }
    if (preg_match('~^WHMCS\\\\Module\\\\(Server|Addon)\\\\([^\\\\]+)\\\\(.+)$~', $class, $part) === 1) {
        $folder = ROOTDIR . '/modules/' . ($part[1] === 'Server' ? 'servers' : 'addons');
        foreach (glob($folder . '/*', GLOB_ONLYDIR) ?: [] as $module) {
            if (strcasecmp(str_replace('_', '', basename($module)), $part[2]) === 0) {
                $file = $module . '/lib/' . str_replace('\\', '/', $part[3]) . '.php';
                if (is_file($file)) {
                    require $file;
                }
            }
        }
    }
});
