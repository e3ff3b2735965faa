<?php

/** The session by name. Follows whmcs-contract.md 4.5. */

declare(strict_types=1);

namespace WHMCS;

class Session
{
    public static function get(string $name): mixed
    {
        return $_SESSION[$name] ?? '';
    }

    public static function set(string $name, mixed $value): void
    {
        $_SESSION[$name] = $value;
    }

    public static function delete(string $name): void
    {
        unset($_SESSION[$name]);
    }
}
