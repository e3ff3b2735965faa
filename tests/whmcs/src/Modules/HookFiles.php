<?php

/**
 * Loads the hook files: includes/hooks/*.php not starting with an underscore, and hooks.php of active modules.
 * Follows whmcs-contract.md 3.1 and 1.1. Guessed there and here: that the settings ModuleHooks (server modules) and
 * AddonModulesHooks hold the module names as comma lists.
 */

declare(strict_types=1);

namespace StandIn\Modules;

use StandIn\Settings;

final class HookFiles
{
    public static function load(string $root): void
    {
        foreach (glob($root . '/includes/hooks/*.php') ?: [] as $file) {
            if (!str_starts_with(basename($file), '_')) {
                self::requireFile($file);
            }
        }
        foreach (['ModuleHooks' => 'servers', 'AddonModulesHooks' => 'addons'] as $setting => $kind) {
            foreach (array_filter(explode(',', Settings::get($setting))) as $module) {
                $file = "$root/modules/$kind/$module/hooks.php";
                if (is_file($file)) {
                    self::requireFile($file);
                }
            }
        }
    }

    /** whmcs-contract.md 1.1: saving a product's Module Settings tab registers hooks.php of its server module. */
    public static function registerServerModule(string $module): void
    {
        $names = array_filter(explode(',', Settings::get('ModuleHooks')));
        if (is_file(ROOTDIR . "/modules/servers/$module/hooks.php") && !in_array($module, $names, true)) {
            $names[] = $module;
            Settings::set('ModuleHooks', implode(',', $names));
            self::requireFile(ROOTDIR . "/modules/servers/$module/hooks.php");
        }
    }

    private static function requireFile(string $file): void
    {
        Output::watch($file, 'include', static fn () => require_once $file);
    }
}
