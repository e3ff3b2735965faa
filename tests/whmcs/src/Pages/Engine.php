<?php

/**
 * Smarty as pages use it. Follows whmcs-contract.md 6.1 (Smarty 4, nothing escaped by itself; the plugins lang,
 * assetPath, assetExists, sprintf2) and 6.4 (a module's templates, "$template/includes/alert.tpl" of the theme).
 */

declare(strict_types=1);

namespace StandIn\Pages;

use StandIn\Settings;

final class Engine
{
    /** @param list<string> $folders looked at before the theme */
    public static function make(array $folders = []): \Smarty
    {
        $smarty = new \Smarty();
        $theme = ROOTDIR . '/templates/' . Settings::get('Template');
        $smarty->setTemplateDir([...$folders, $theme, ROOTDIR . '/templates']);
        $smarty->setCompileDir((string) $GLOBALS['templates_compiledir']);
        $smarty->setEscapeHtml(false);
        $smarty->registerPlugin('function', 'lang', static fn (array $params): string => self::lang($params));
        $smarty->registerPlugin('function', 'assetPath', static fn (array $params): string
            => 'templates/' . Settings::get('Template') . '/css/' . basename((string) ($params['file'] ?? '')));
        $smarty->registerPlugin('block', 'assetExists', static function (array $params, ?string $content): string {
            $file = ROOTDIR . '/templates/' . Settings::get('Template') . '/css/' . basename((string) $params['file']);
            return $content !== null && is_file($file) ? $content : '';
        });
        $smarty->registerPlugin('modifier', 'sprintf2', static fn (string $text, mixed ...$values): string
            => vsprintf($text, $values));
        return $smarty;
    }

    /** @param array<string, mixed> $params */
    private static function lang(array $params): string
    {
        $text = Language::text((string) ($params['key'] ?? ''));
        foreach ($params as $name => $value) {
            if (is_scalar($value)) {
                $text = str_replace(":$name", (string) $value, $text);
            }
        }
        return $text;
    }
}
