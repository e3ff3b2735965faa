<?php

declare(strict_types=1);

namespace Provisor;

// Opened on its own, this file has no autoloader: it says nothing.
interface_exists(Stepper::class) || exit;

/**
 * A running job inside the library. `open` chooses the way to the core: the library, or, where FFI is not to be had,
 * the program beside it.
 */
final class Session implements Stepper
{
    private readonly int $number;

    private static ?Unavailable $refused = null;

    public function __construct(string $config)
    {
        class_exists(Library::class, false) || require_once __DIR__ . '/Library.php';
        Library::from(__DIR__) || throw self::preloadedElsewhere(Library::origin());
        $this->number = Library::open($config);
    }

    public function __destruct()
    {
        if (isset($this->number)) {
            Library::close($this->number);
        }
    }

    public function step(?string $reply): array
    {
        return Library::step($this->number, $reply);
    }

    /** The preloaded file's library may be of another release, or out of this site's reach. */
    private static function preloadedElsewhere(string $folder): Unavailable
    {
        $here = __DIR__;
        if (realpath((string) ini_get('opcache.preload')) === "$here/preload.php") {
            return new Unavailable('library.old_release', "This PHP preloaded provisor's files from $folder, and since"
                . " then the site's folder leads to $here. Restart PHP-FPM: it must be restarted after each update.");
        }
        return new Unavailable('library.other_site', "This PHP preloads provisor's files in $folder, and this site's"
            . " are in $here, so this site does not use the library. Where those are of an earlier release of it, name"
            . ' its own preload.php in opcache.preload and restart PHP-FPM. Where they are of another site, set'
            . ' ffi.enable=true, or give each site a PHP-FPM of its own.');
    }

    /** Starts a job. Throws Unavailable, with both cures, when neither way works. */
    public static function open(string $config): Stepper
    {
        if (self::$refused === null) {
            try {
                return new self($config);
            } catch (Unavailable $refused) {
                self::$refused = $refused;
            }
        }
        try {
            return new Process($config);
        } catch (Unavailable $e) {
            throw new Unavailable('core.unavailable', 'The provisor core cannot be reached, nothing was done. '
                . 'As a library: ' . self::$refused->getMessage() . ' As a program: ' . $e->getMessage());
        }
    }

    /**
     * What is wrong with the library, once a session had to do without it; null where it works, or where this server
     * was set up without FFI on purpose.
     */
    public static function fault(): ?Unavailable
    {
        $byChoice = ['library.ffi_missing', 'library.ffi_restricted', 'library.file_missing', 'library.platform',
            'library.other_site'];
        return in_array(self::$refused?->problem, $byChoice, true) ? null : self::$refused;
    }

    /** Which way is used, for people; after the first session of this request. */
    public static function way(): string
    {
        return self::$refused === null
            ? 'library ' . Library::version()
            : 'program ' . Process::file() . ' (' . self::$refused->getMessage() . ')';
    }
}
