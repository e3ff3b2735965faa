<?php

declare(strict_types=1);

namespace Provisor;

/**
 * Which file each part of a page is made from: the theme's own in templates/<theme>/<module>/, if there is one, else
 * ours in templates/.
 */
final class Theme
{
    private const PARTS = ['page', 'style', 'notices', 'facts', 'table', 'form', 'items', 'links', 'again', 'actions'];

    /**
     * @param array<string, mixed> $params
     * @return array<string, string> absolute paths by part
     */
    public static function files(array $params): array
    {
        $module = basename((string) ($params['moduletype'] ?? ''));
        $own = dirname(__DIR__, 2) . '/templates/' . self::name($params) . "/$module";
        $files = [];
        foreach (self::PARTS as $part) {
            $files[$part] = is_file("$own/$part.tpl") ? "$own/$part.tpl" : __DIR__ . "/templates/$part.tpl";
        }
        return $files;
    }

    /** @param array<string, mixed> $params */
    private static function name(array $params): string
    {
        $name = $params['templatevars']['template'] ?? null;
        if ($name === null && class_exists(\WHMCS\Config\Setting::class)) {
            $name = \WHMCS\Config\Setting::getValue('Template');
        }
        return basename((string) $name);
    }
}
