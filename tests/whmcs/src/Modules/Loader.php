<?php

/** Loads server modules and calls their functions by name. Follows whmcs-contract.md 1.1 and 1.7. */

declare(strict_types=1);

namespace StandIn\Modules;

use StandIn\Refusal;

final class Loader
{
    public static function load(string $module): void
    {
        if (preg_match('/^[a-zA-Z][a-zA-Z0-9]*$/', $module) !== 1) {
            throw new Refusal("\"$module\" is no name of a server module: letters and digits, a letter first");
        }
        $file = ROOTDIR . "/modules/servers/$module/$module.php";
        if (!is_file($file)) {
            throw new Refusal("Module $module is not there: no file modules/servers/$module/$module.php");
        }
        Output::watch($module, 'include', static fn () => require_once $file);
    }

    public static function has(string $module, string $function): bool
    {
        return function_exists("{$module}_{$function}");
    }

    /** Calls NAME_Function; null when the module has no such function. */
    public static function call(string $module, string $function, mixed ...$arguments): mixed
    {
        $name = "{$module}_{$function}";
        if (!function_exists($name)) {
            return null;
        }
        return Output::watch($module, $function, static fn () => $name(...$arguments));
    }

    /** @return array<string, mixed> whmcs-contract.md 1.2 */
    public static function metaData(string $module): array
    {
        self::load($module);
        return (array) self::call($module, 'MetaData');
    }

    /**
     * whmcs-contract.md 1.3: position decides the column, at most 24; the small array it gets is as vendors saw it.
     *
     * @return array<int|string, array<string, mixed>>
     */
    public static function configOptions(string $module, string $productType = 'server'): array
    {
        self::load($module);
        $fields = self::call($module, 'ConfigOptions', [
            'whmcsVersion' => \StandIn\Settings::get('Version'),
            'producttype' => $productType,
            'isAddon' => false,
            'action' => 'ConfigOptions',
        ]);
        if (!is_array($fields)) {
            throw new Refusal("{$module}_ConfigOptions is missing or returned no array");
        }
        if (count($fields) > 24) {
            throw new Refusal("{$module}_ConfigOptions returned " . count($fields) . ' fields; WHMCS stores 24');
        }
        return $fields;
    }
}
