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
        $folder = dirname(Library::folder(), 2);
        if ($folder !== __DIR__) {
            // The other site's library may be of another release, or out of reach.
            throw new Unavailable('library.other_site', "This PHP preloads the files of another site, in $folder, so this"
                . ' site does not use the library. Set ffi.enable=true instead of preloading, or give each site a'
                . ' PHP-FPM of its own.');
        }
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
