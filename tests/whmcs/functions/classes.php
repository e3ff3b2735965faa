<?php

/** The global classes Lang, Menu and App. Follows whmcs-contract.md 4.5, 6.6 and 10. */

declare(strict_types=1);

use StandIn\Pages\Language;
use WHMCS\View\Menu\Item;

class Lang
{
    /** @param array<string, string> $replace */
    public static function trans(string $key, array $replace = []): string
    {
        return strtr(Language::text($key), $replace);
    }
}

class Menu
{
    /** @var array<string, mixed> */
    private static array $context = [];

    /** @var array<string, Item> */
    private static array $bars = [];

    public static function addContext(string $name, mixed $value): void
    {
        self::$context[$name] = $value;
    }

    public static function context(string $name): mixed
    {
        return self::$context[$name] ?? null;
    }

    public static function primarySidebar(string $name = ''): Item
    {
        return self::$bars['primary'] ??= new Item('primary sidebar');
    }

    public static function secondarySidebar(string $name = ''): Item
    {
        return self::$bars['secondary'] ??= new Item('secondary sidebar');
    }
}

class App
{
    public static function getFromRequest(string $key): string
    {
        $value = $_REQUEST[$key] ?? '';
        return is_string($value) ? $value : '';
    }

    public static function isInRequest(string $key): bool
    {
        return isset($_REQUEST[$key]);
    }

    public static function getSystemURL(): string
    {
        return StandIn\Settings::get('SystemURL');
    }
}
