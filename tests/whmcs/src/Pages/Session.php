<?php

/** The web session: who is logged in, the CSRF token, one-time log-ins. Follows whmcs-contract.md 4.5 and 6.8. */

declare(strict_types=1);

namespace StandIn\Pages;

use WHMCS\Database\Capsule;

final class Session
{
    public static function start(string $root): void
    {
        session_save_path($root . '/storage/sessions');
        session_name('WHMCSstandin');
        session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'use_strict_mode' => true]);
    }

    public static function token(): string
    {
        return $_SESSION['token'] ??= bin2hex(random_bytes(20));
    }

    public static function hasToken(): bool
    {
        $given = $_POST['token'] ?? $_GET['token'] ?? '';
        return is_string($given) && $given !== '' && hash_equals(self::token(), $given);
    }

    public static function requireToken(): void
    {
        if (!self::hasToken()) {
            http_response_code(403);
            echo '<h1>Invalid Token</h1><p>Your request was not carried out. '
                . 'Go back, reload the page and try again.</p>';
            exit;
        }
    }

    /** A token that logs in once, within an hour; "uid" or "adminid". */
    public static function oneTime(string $kind, int $id): string
    {
        $token = bin2hex(random_bytes(20));
        Capsule::table('tbltransientdata')->insert(['name' => "standin_once_$token",
            'data' => json_encode([$kind, $id]), 'expires' => time() + 3600]);
        return $token;
    }

    public static function logInOnce(string $token): bool
    {
        $row = Capsule::table('tbltransientdata')->where('name', "standin_once_$token");
        $found = $row->first();
        if ($found === null || $row->delete() !== 1 || (int) $found->expires < time()) {
            return false;
        }
        [$kind, $id] = json_decode((string) $found->data, true);
        self::logIn($kind, (int) $id);
        return true;
    }

    public static function logIn(string $kind, int $id): void
    {
        session_regenerate_id(true);
        unset($_SESSION['token']);
        $_SESSION[$kind] = $id;
    }
}
