<?php

/** Each way in which the library can fail to load has its own message, with the cure; the program steps in. */

declare(strict_types=1);

namespace Provisor\Tests;

/** @param list<string> $settings */
function libraryProblem(string $root, array $settings = []): string
{
    $code = 'try { echo Provisor\Library::version(); } catch (Provisor\Unavailable $e) {'
        . ' echo $e->problem, "|", $e->getMessage(); }';
    return Site::php($root, $code, $settings);
}

/** @param list<string> $words each stands in the message */
function fails(string $problem, array $words, string $said): void
{
    Check::same($problem, strtok($said, '|'), "problem of \"$said\"");
    array_map(static fn (string $word) => Check::contains($word, $said), $words);
}

/** A library of our own making, from C. */
function built(string $root, string $source): void
{
    file_put_contents("$root/x.c", $source);
    [$status, $said] = Site::run(['cc', '-shared', '-fPIC', '-o', Site::binaries($root) . '/libprovisor.so', "$root/x.c"]);
    Check::same(0, $status, $said);
}

return [
    'the library of this build loads and says its version' => static function (): void {
        Check::true(preg_match('/^\d+\.\d+\.\d+$/', libraryProblem(Site::make())) === 1, 'a version');
    },
    'without the FFI extension the message says to install it' => static function (): void {
        // -n reads no php.ini, so that no extension is loaded; FFI is a loadable one on Debian.
        $root = Site::make();
        file_put_contents("$root/t.php", "<?php define('WHMCS', true); require '$root/includes/provisor/load.php';"
            . 'try { Provisor\Library::version(); } catch (Provisor\Unavailable $e) {'
            . ' echo $e->problem, "|", $e->getMessage(); }');
        fails('library.ffi_missing', ['Install', 'restart'], Site::run(['php', '-n', "$root/t.php"])[1]);
    },
    'where ffi.enable forbids it the message names the setting, the preload file and the restart' =>
        static function (): void {
            $root = Site::make();
            fails('library.ffi_restricted', ['ffi.enable=0', "opcache.preload=$root/includes/provisor/preload.php",
                'opcache.preload_user', 'restart PHP-FPM'], libraryProblem($root, ['ffi.enable=0']));
        },
    'a file that was not copied is named' => static function (): void {
        $root = Site::make(library: false);
        fails('library.file_missing', [Site::binaries($root) . '/libprovisor.so', 'Copy'], libraryProblem($root));
    },
    'a file that may not be read says which permissions it needs' => static function (): void {
        $root = Site::make();
        chmod(Site::binaries($root) . '/libprovisor.so', 0);
        $code = "<?php define('WHMCS', true); require '$root/includes/provisor/load.php';"
            . 'try { Provisor\Library::version(); } catch (Provisor\Unavailable $e) {'
            . ' echo $e->problem, "|", $e->getMessage(); }';
        file_put_contents("$root/t.php", $code);
        fails('library.not_readable', ['644', '755'], Site::run(Site::unprivileged(['php', "$root/t.php"]))[1]);
    },
    'a damaged copy and another processor are told apart, and crash nothing' => static function (): void {
        $root = Site::make();
        $file = Site::binaries($root) . '/libprovisor.so';
        $whole = (string) file_get_contents($file);
        file_put_contents($file, str_replace("\n", "\r\n", 'not an ELF file'));
        fails('library.damaged', ['binary mode'], libraryProblem($root));
        $other = php_uname('m') === 'x86_64' ? 183 : 62;
        file_put_contents($file, substr($whole, 0, 18) . pack('v', $other) . substr($whole, 20));
        fails('library.wrong_architecture', ['another processor'], libraryProblem($root));
        file_put_contents($file, substr($whole, 0, 4096));
        fails('library.damaged', ['Copy it again'], libraryProblem($root));
    },
    'what the system refuses to load is said with what it may be' => static function (): void {
        $root = Site::make(library: false);
        // It needs a library that is not there, as one built for another C library does.
        built($root, 'int x;');
        rename(Site::binaries($root) . '/libprovisor.so', "$root/libother_c.so");
        [$status] = Site::run(['cc', '-shared', '-o', Site::binaries($root) . '/libprovisor.so', '-L', $root,
            '-Wl,--no-as-needed', '-lother_c']);
        Check::same(0, $status);
        fails('library.not_loadable', ['noexec', 'glibc'], libraryProblem($root));
    },
    'another ABI number says that PHP-FPM was not restarted' => static function (): void {
        $root = Site::make(library: false);
        built($root, '#include <stdint.h>
            uint32_t provisor_abi_version(void) { return 99; }
            const char *provisor_version(void) { return "9.9.9"; }
            const char *provisor_build_info(void) { return "x"; }');
        fails('library.abi', ['ABI 99', 'restart PHP-FPM'], libraryProblem($root));
    },
    'a library that lacks a function is named with it' => static function (): void {
        $root = Site::make(library: false);
        built($root, '#include <stdint.h>
            uint32_t provisor_abi_version(void) { return 1; }
            const char *provisor_version(void) { return "0.1.0"; }
            const char *provisor_build_info(void) { return "x"; }');
        fails('library.symbol', ['provisor_session_', 'one release'], libraryProblem($root));
    },
    'a header that is missing or damaged is named' => static function (): void {
        $root = Site::make();
        $header = "$root/includes/provisor/provisor.ffi.h";
        file_put_contents($header, 'extern "C" {');
        fails('library.header', ['provisor.ffi.h'], libraryProblem($root));
        unlink($header);
        fails('library.header', ['provisor.ffi.h'], libraryProblem($root));
    },
    'where neither way works one message names both cures' => static function (): void {
        $root = Site::make(program: false);
        $code = 'try { Provisor\Job::run("onapp.settings", []); } catch (Provisor\JobFailed $e) {'
            . ' echo $e->class, $e->problem, "|", $e->getMessage(); }';
        $said = Site::php($root, $code, ['ffi.enable=0']);
        fails('-202core.unavailable', ['As a library:', 'opcache.preload', 'As a program:', 'There is no'], $said);
        file_put_contents(Site::binaries($root) . '/provisor', 'x');
        Check::contains('755', Site::php($root, $code, ['ffi.enable=0']));
        Check::contains('disable_functions', Site::php($root, $code, ['ffi.enable=0', 'disable_functions=proc_open']));
    },
    'the program runs where open_basedir holds nothing but the site, and what PHP may not call is named' =>
        static function (): void {
            $root = Site::make();
            $code = 'try { Provisor\Job::run("onapp.settings", []); echo "done"; } catch (Provisor\JobFailed $e) {'
                . ' echo $e->problem, "|", $e->getMessage(); }';
            $narrow = ['ffi.enable=0', "open_basedir=$root"];
            Check::same('done', Site::php($root, $code, $narrow));
            Check::same('done', Site::php($root, $code, [...$narrow, 'disable_functions=php_uname']));
            Check::contains('forbids proc_close', Site::php($root, $code, [...$narrow, 'disable_functions=proc_close']));
        },
    'a damaged library is told with each job that the program does in its place, and a server without FFI is not' =>
        static function (): void {
            $root = Site::make();
            $code = 'echo json_encode(Provisor\Job::run("onapp.settings", [])["log"]);';
            Check::same('[]', Site::php($root, $code));
            Check::same('[]', Site::php($root, $code, ['ffi.enable=0']));
            file_put_contents(Site::binaries($root) . '/libprovisor.so', 'not an ELF file');
            $said = Site::php($root, $code);
            array_map(static fn (string $word) => Check::contains($word, $said), ['library.damaged', 'program beside']);
        },
    'an old PHP gets a sentence and no parse error' => static function (): void {
        // What an old PHP would stumble over is syntax; these two files must keep to that of PHP 7.
        foreach (['includes/provisor/load.php', 'modules/servers/onapp/onapp.php', 'modules/servers/onapp/hooks.php',
            'modules/servers/onapp/cron_bandwidth.php', 'modules/servers/singlehop/hooks.php',
            'modules/servers/backupserver/hooks.php'] as $file) {
            $text = (string) file_get_contents(dirname(__DIR__, 3) . "/php/$file");
            foreach (['match (', '?->', 'readonly ', 'enum ', 'fn (', '??=', '#[', 'static fn', ': never', ': mixed'] as $new) {
                Check::lacks($new, $text);
            }
        }
        $root = Site::make();
        foreach (['load.php', '../../modules/servers/onapp/onapp.php'] as $file) {
            $path = "$root/includes/provisor/$file";
            file_put_contents($path, str_replace('80100', '990000', (string) file_get_contents($path)));
        }
        $out = Site::php($root, "require '$root/modules/servers/onapp/onapp.php'; echo onapp_CreateAccount([]), '|',"
            . ' onapp_TestConnection([])["error"], "|", count(onapp_ConfigOptions()), onapp_ClientArea([]);');
        Check::same(2, substr_count($out, 'needs PHP 8.1 or later'), $out);
        Check::contains('|24', $out);
        // A class that it cannot even read is never opened, whichever hook runs.
        file_put_contents("$root/includes/provisor/Entry.php", '<?php parse error');
        $out = Site::php($root, '$all = []; function add_hook($name, $order, $do) { $GLOBALS["all"][] = $do; }'
            . " foreach (['onapp', 'singlehop', 'backupserver'] as \$m) { require \"$root/modules/servers/\$m/hooks.php\"; }"
            . ' foreach ($all as $do) { $do(["userid" => 1, "serviceid" => 1, "orderid" => 1, "email" => "x@y"]); }'
            . ' echo count($all), " hooks";');
        Check::contains(' hooks', $out);
        Check::lacks('rror', $out);
    },
];
