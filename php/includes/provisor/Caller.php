<?php

declare(strict_types=1);

namespace Provisor;

/**
 * Who asks, told to the core with every job on a service: the core decides whether they may. Which of the three it is
 * says the entry function that was called; the session and the token are WHMCS's own.
 */
final class Caller
{
    /**
     * A function that clients reach. Staff who look at the client area as a client are that client.
     *
     * @return array{kind: string, client_id: string, post: bool, token: bool}
     */
    public static function client(): array
    {
        return ['kind' => 'client', 'client_id' => self::clientId()] + self::request();
    }

    /**
     * A function for staff. Without a member of staff in the admin area it is a client who asks, and is refused.
     *
     * @return array{kind: string, client_id: string, post: bool, token: bool}
     */
    public static function staff(): array
    {
        if (PHP_SAPI === 'cli' && !defined('CLIENTAREA')) {
            return self::system();
        }
        return defined('ADMINAREA') && !defined('CLIENTAREA') && self::isStaff()
            ? ['kind' => 'staff', 'client_id' => ''] + self::request()
            : self::client();
    }

    /**
     * WHMCS itself: crons, and the core actions, which it allows by its own rules before it calls a module.
     *
     * @return array{kind: string, client_id: string, post: bool, token: bool}
     */
    public static function system(): array
    {
        return ['kind' => 'system', 'client_id' => '', 'post' => false, 'token' => false];
    }

    /** The token that a form of this session sends; '' when the host has none. */
    public static function token(): string
    {
        if (!function_exists('generate_token')) {
            return '';
        }
        parse_str(ltrim((string) generate_token('link'), '&?'), $parts);
        return is_string($parts['token'] ?? null) ? $parts['token'] : '';
    }

    /** @return array{post: bool, token: bool} */
    private static function request(): array
    {
        $sent = $_POST['token'] ?? '';
        $own = self::token();
        return [
            'post' => ($_SERVER['REQUEST_METHOD'] ?? '') === 'POST',
            'token' => $own !== '' && is_string($sent) && hash_equals($own, $sent),
        ];
    }

    private static function clientId(): string
    {
        $client = class_exists(\WHMCS\Authentication\CurrentUser::class)
            ? (new \WHMCS\Authentication\CurrentUser())->client()
            : null;
        return (string) ($client->id ?? $_SESSION['uid'] ?? '');
    }

    public static function isStaff(): bool
    {
        return class_exists(\WHMCS\Authentication\CurrentUser::class)
            ? (new \WHMCS\Authentication\CurrentUser())->admin() !== null
            : isset($_SESSION['adminid']);
    }
}
