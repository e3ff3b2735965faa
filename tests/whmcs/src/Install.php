<?php

/**
 * Lays out a WHMCS root: the entry files of root/, the modules copied over them (copied, not linked, because modules
 * find init.php from __DIR__), configuration.php, the database. Run again, it refreshes the files and keeps the data.
 */

declare(strict_types=1);

namespace StandIn;

final class Install
{
    /** @param array<string, mixed> $database as Database::settingsFrom gives it */
    public static function layOut(string $root, ?string $modules, array $database): void
    {
        foreach (['storage/templates_c', 'storage/sessions', 'includes/hooks', 'modules/servers', 'modules/addons',
            'admin', 'crons'] as $folder) {
            if (!is_dir("$root/$folder") && !mkdir("$root/$folder", 0o755, true)) {
                throw new Refusal("cannot make the folder $root/$folder");
            }
        }
        self::copy(dirname(__DIR__) . '/root', $root);
        $init = (string) file_get_contents("$root/init.php");
        file_put_contents("$root/init.php", str_replace('@STAND_IN@', dirname(__DIR__), $init));
        if ($modules !== null) {
            self::copyModules($root, $modules);
        }
        self::configuration($root, $database);
        self::openToOthers($root);
    }

    public static function copyModules(string $root, string $modules): void
    {
        if (!is_dir($modules)) {
            throw new Refusal("--modules $modules is no folder");
        }
        self::copy($modules, $root);
    }

    /** @param array<string, mixed> $database */
    private static function configuration(string $root, array $database): void
    {
        $file = "$root/configuration.php";
        $hash = bin2hex(random_bytes(32));
        if (is_file($file)) {
            require $file;
            $hash = $cc_encryption_hash;
        }
        $values = [
            'license' => 'stand-in', 'db_host' => (string) ($database['host'] ?? ''),
            'db_username' => (string) ($database['username'] ?? ''),
            'db_password' => (string) ($database['password'] ?? ''), 'db_name' => (string) $database['database'],
            'mysql_charset' => 'utf8mb4', 'cc_encryption_hash' => $hash, 'customadminpath' => 'admin',
            'templates_compiledir' => "$root/storage/templates_c", 'stand_in_db' => $database,
        ];
        $text = "<?php\n\n";
        foreach ($values as $name => $value) {
            $text .= "\$$name = " . var_export($value, true) . ";\n";
        }
        file_put_contents($file, $text);
    }

    /** The web server runs as another user when root installed; a stand-in's data is for tests and may be written. */
    public static function openToOthers(string $root): void
    {
        if (posix_geteuid() !== 0) {
            return;
        }
        foreach (['storage', 'storage/templates_c', 'storage/sessions'] as $folder) {
            chmod("$root/$folder", 0o777);
        }
        foreach (glob("$root/storage/*.sqlite*") ?: [] as $file) {
            chmod($file, 0o666);
        }
    }

    private static function copy(string $from, string $to): void
    {
        $files = new \RecursiveIteratorIterator(
            new \RecursiveDirectoryIterator($from, \FilesystemIterator::SKIP_DOTS),
            \RecursiveIteratorIterator::SELF_FIRST
        );
        foreach ($files as $file) {
            $target = $to . '/' . $files->getSubPathname();
            if ($file->isDir()) {
                is_dir($target) || mkdir($target, 0o755, true);
            } elseif (!copy($file->getPathname(), $target)) {
                throw new Refusal("cannot copy to $target");
            } else {
                // As cp does: a program stays one.
                chmod($target, $file->getPerms() & 0o777);
            }
        }
    }
}
