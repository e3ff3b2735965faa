<?php

declare(strict_types=1);

namespace Provisor;

/**
 * Loads libprovisor.so and calls it. The only class that touches \FFI.
 *
 * The right to use FFI under ffi.enable=preload belongs to the code of a preloaded file, so this class hands out plain
 * numbers and texts, never an FFI object. Every site of a PHP-FPM master sees a preloaded class, so it takes neither
 * path nor header from its caller, unless ffi.enable=true gives every caller the same right. Each way of failing has
 * its own message with the cure.
 */
final class Library
{
    /** The ABI that this file was written for; the library says its own number. */
    public const ABI = 1;

    private const PROBE = 'uint32_t provisor_abi_version(void); const char *provisor_version(void);'
        . ' const char *provisor_build_info(void);';

    private static ?\FFI $ffi = null;

    /** The folder of provisor's files, with the header and the libraries. */
    private static string $home = __DIR__;

    /** @var array<int, \FFI\CData> open sessions by number */
    private static array $sessions = [];

    private static int $last = 0;

    /**
     * Takes header and library from this folder from now on, which is another one than this file's where another
     * site's file, or that of an earlier release, was preloaded. False, and nothing changes, where only preloaded code
     * may use FFI.
     */
    public static function from(string $home): bool
    {
        if ($home !== __DIR__ && !filter_var(ini_get('ffi.enable'), FILTER_VALIDATE_BOOLEAN)) {
            return false;
        }
        self::$home = $home;
        return true;
    }

    /** The folder of this file. */
    public static function origin(): string
    {
        return __DIR__;
    }

    /** The version of the loaded library, such as 0.1.0. */
    public static function version(): string
    {
        return self::ffi()->provisor_version();
    }

    /** How the library was built: for people. */
    public static function buildInfo(): string
    {
        return self::ffi()->provisor_build_info();
    }

    /** The folder of the binaries for this machine. */
    public static function folder(): string
    {
        $begin = self::$home . '/lib/' . strtolower(PHP_OS_FAMILY) . '-';
        if (!function_exists('php_uname')) {
            // Where PHP may not ask, what is there tells.
            return is_dir("{$begin}x86_64") ? "{$begin}x86_64" : (glob("$begin*") ?: ["{$begin}x86_64"])[0];
        }
        $machine = php_uname('m');
        return $begin . (['arm64' => 'aarch64', 'amd64' => 'x86_64'][$machine] ?? $machine);
    }

    /** Starts a job and returns the number of its session. */
    public static function open(string $config): int
    {
        $ffi = self::ffi();
        $session = $ffi->provisor_session_new($config, strlen($config));
        if ($session === null) {
            throw self::unavailable('session', 'The provisor library could not make a session; PHP or the machine is'
                . ' out of memory. Nothing was started. Run it again.');
        }
        if (self::$last === 0) {
            // Destructors do not run after a fatal error or a time-out; shutdown functions do.
            register_shutdown_function(static function (): void {
                array_map(self::close(...), array_keys(self::$sessions));
            });
        }
        self::$sessions[++self::$last] = $session;
        return self::$last;
    }

    /** @return array{int, string} as Stepper::step */
    public static function step(int $session, ?string $reply): array
    {
        $ffi = self::ffi();
        $out = $ffi->new('const char *');
        $length = $ffi->new('size_t');
        $class = $ffi->provisor_session_step(
            self::$sessions[$session],
            $reply,
            $reply === null ? 0 : strlen($reply),
            \FFI::addr($out),
            \FFI::addr($length)
        );
        return [$class, \FFI::isNull($out) ? '' : \FFI::string($out, $length->cdata)];
    }

    /** Ends a session; a job that still runs is dropped. */
    public static function close(int $session): void
    {
        if (isset(self::$sessions[$session])) {
            self::ffi()->provisor_session_free(self::$sessions[$session]);
            unset(self::$sessions[$session]);
        }
    }

    private static function ffi(): \FFI
    {
        return self::$ffi ??= self::load();
    }

    private static function load(): \FFI
    {
        if (!extension_loaded('ffi')) {
            throw self::unavailable('ffi_missing', 'PHP has no FFI extension. Install it for this PHP ('
                . PHP_VERSION . '; a package such as php-ffi, or php-common on Debian) and restart PHP.');
        }
        $folder = self::folder();
        if (PHP_OS_FAMILY !== 'Linux' || PHP_INT_SIZE !== 8 || !preg_match('/-(x86_64|aarch64)$/', $folder)) {
            throw self::unavailable('platform', 'The provisor library exists for 64-bit Linux on x86_64 and aarch64,'
                . ' and this PHP runs on ' . basename($folder) . '. Build it for this machine from its source.');
        }
        $file = $folder . '/libprovisor.so';
        // Where open_basedir hides the file from PHP, the system's loader may still find it.
        if (!ini_get('open_basedir')) {
            self::inspect($file);
        }
        try {
            $probe = \FFI::cdef(self::PROBE, $file);
        } catch (\FFI\Exception $e) {
            throw self::explain($e, $file);
        }
        $abi = $probe->provisor_abi_version();
        if ($abi !== self::ABI) {
            throw self::unavailable('abi', "The provisor library has ABI $abi and its PHP files have ABI " . self::ABI
                . '. After an update, restart PHP-FPM; if that was done, copy all files of one release again.');
        }
        $header = @file_get_contents(self::$home . '/provisor.ffi.h');
        if ($header === false) {
            throw self::unavailable('header', 'PHP cannot read ' . self::$home . '/provisor.ffi.h. Copy it again and'
                . ' let the web server user read it; with open_basedir, name that folder there.');
        }
        try {
            return \FFI::cdef($header, $file);
        } catch (\FFI\Exception $e) {
            throw self::explain($e, $file);
        }
    }

    /** Refuses a file that the system's loader would refuse without a reason, or would crash on. */
    private static function inspect(string $file): void
    {
        if (!file_exists($file)) {
            throw self::unavailable('file_missing', "There is no $file. Copy the folder includes/provisor whole,"
                . ' with its folder lib.');
        }
        if (!is_readable($file)) {
            throw self::unavailable('not_readable', "PHP's user may not read $file. Set its permissions to 644 and"
                . ' those of its folders to 755.');
        }
        // The ELF header: its table of sections is the last thing in a whole file.
        $head = (string) file_get_contents($file, false, null, 0, 64);
        $elf = strlen($head) === 64 && str_starts_with($head, "\x7fELF\x02")
            ? unpack('vmachine/x20/Psections/x10/vsize/vcount', substr($head, 18))
            : null;
        if ($elf === null || filesize($file) < $elf['sections'] + $elf['size'] * $elf['count']) {
            throw self::unavailable('damaged', "$file is not a whole library; the copy is damaged. Copy it again, in"
                . ' binary mode.');
        }
        if ($elf['machine'] !== (str_ends_with(dirname($file), 'x86_64') ? 62 : 183)) {
            throw self::unavailable('wrong_architecture', "$file was built for another processor. Copy the file of "
                . basename(dirname($file)) . ' there.');
        }
    }

    private static function explain(\FFI\Exception $e, string $file): Unavailable
    {
        $said = $e->getMessage();
        if (str_contains($said, 'ffi.enable')) {
            return self::unavailable('ffi_restricted', 'PHP\'s setting ffi.enable=' . ini_get('ffi.enable')
                . ' keeps FFI from this request. In php.ini set opcache.enable=1 and opcache.preload='
                . self::$home . '/preload.php (and opcache.preload_user to the site\'s user when PHP-FPM starts as'
                . ' root), or set ffi.enable=true; then restart PHP-FPM.');
        }
        if (str_contains($said, 'resolving')) {
            return self::unavailable('symbol', "$file lacks a function that its PHP files need ($said). Copy all"
                . ' files of one release again and restart PHP-FPM.');
        }
        if (!str_contains($said, 'loading')) {
            return self::unavailable('header', 'PHP does not understand ' . self::$home . "/provisor.ffi.h ($said)."
                . ' Copy all files of one release again.');
        }
        return self::unavailable('not_loadable', "The system refuses to load $file. It needs glibc (not musl), a disk"
            . ' that is not mounted noexec, a whole copy of the file, and SELinux must let PHP load it.');
    }

    private static function unavailable(string $problem, string $message): Unavailable
    {
        // Required by hand: under preload this class may run where nobody registered our autoloader.
        class_exists(Unavailable::class) || require_once self::$home . '/Unavailable.php';
        return new Unavailable("library.$problem", $message);
    }
}
