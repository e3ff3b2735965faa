<?php

declare(strict_types=1);

namespace Provisor;

use Provisor\WhmcsHost\Products;

/**
 * The lists of a product's settings. Those of a control panel WHMCS asks for by Loader functions, and the settings' script
 * by an address; what WHMCS has itself (HostLists) stands in the field.
 */
final class Choices
{
    private static float $waited = 0.0;

    /**
     * A Loader function (reference: whmcs-contract.md 1.3). It never throws: WHMCS would show no choice then, and lose the
     * stored value when staff save.
     *
     * @param array<string, mixed> $params the chosen server
     * @return array<string, string> value => label
     */
    public static function load(string $module, string $list, array $params): array
    {
        $options = [];
        try {
            $options = Products::options(self::product());
            $report = self::ask($module, $list, Params::server($params), $options);
        } catch (\Throwable $e) {
            $stored = $options[['templates' => 1, 'hypervisors' => 3, 'networks' => 5][$list] ?? 0] ?? '';
            return [$stored => trim("$stored (as stored) - " . Entry::sentence($e))];
        }
        $words = array_map(self::words(...), array_column($report['choices'], 'label'));
        return array_combine(array_column($report['choices'], 'value'), $words);
    }

    /** A label in words of others, such as a control panel's, which WHMCS's page may not escape. */
    public static function words(string $label): string
    {
        return str_replace(['<', '>', '"', "'"], ['(', ')', '', ''], $label);
    }

    /**
     * Adds the lists to a module's fields: the choices of WHMCS's own lists; for each other field that is one choice a
     * Loader function, named after its list; and the script for the packed ones. A field without either is plain text.
     *
     * @param array<string, array<string, mixed>> $slots
     * @param array<int, string>                  $lists position from 0 => list
     * @return array<string, array<string, mixed>>
     */
    public static function add(string $module, array $slots, array $lists): array
    {
        $slots = self::own($module, $slots, $lists);
        $lists = array_map(static fn (string $list) => HostLists::has($list) ? '' : $list, $lists);
        $script = "<script src=\"../modules/servers/$module/settings.js\" defer></script>";
        $slots['option1']['Description'] = ($slots['option1']['Description'] ?? '') . $script;
        if (array_filter($lists) === [] || !self::possible($module)) {
            return $slots;
        }
        foreach (array_values($lists) as $i => $list) {
            $slots['option' . ($i + 1)]['SimpleMode'] = true;
            if ($list !== '') {
                $slots['option' . ($i + 1)]['Type'] = 'dropdown';
                $slots['option' . ($i + 1)]['Loader'] = $module . '_Load' . ucfirst($list);
            }
        }
        return $slots;
    }

    /**
     * Adds the choices of WHMCS's own lists; none where WHMCS's tables cannot be read, because what is stored would be lost.
     *
     * @param array<string, array<string, mixed>> $slots
     * @param array<int, string>                  $lists
     * @return array<string, array<string, mixed>>
     */
    private static function own(string $module, array $slots, array $lists): array
    {
        $with = $slots;
        $read = [];
        try {
            $stored = Products::options(self::product());
            foreach (array_filter($lists, HostLists::has(...)) as $i => $list) {
                $read[$list] ??= HostLists::read($list, $module, self::product());
                $choices = HostLists::choices($list, $read[$list], $stored[$i]);
                if ($choices !== []) {
                    $with['option' . ($i + 1)] = ['Type' => 'dropdown', 'Options' => $choices] + $slots['option' . ($i + 1)];
                }
            }
        } catch (\Throwable) {
            return $slots;
        }
        return $with;
    }

    /** Answers the settings' script, which sends the settings as they stand in the form. Staff only. */
    public static function answer(string $module): void
    {
        header('Content-Type: application/json');
        header('Cache-Control: no-store');
        if (!Caller::isStaff()) {
            http_response_code(403);
            exit('{"choices":[],"notice":"Log in to the admin area, then open the page again."}');
        }
        $sent = is_array($_POST['options'] ?? null) ? $_POST['options'] : [];
        $options = array_map(static fn (int $n) => is_string($sent[$n] ?? null) ? $sent[$n] : '', range(1, 24));
        $list = is_string($_POST['list'] ?? null) ? $_POST['list'] : '';
        $group = is_string($_POST['group'] ?? null) ? (int) $_POST['group'] : 0;
        try {
            $report = HostLists::has($list)
                ? ['choices' => HostLists::offered(HostLists::read($list, $module, self::product())), 'notice' => '']
                : self::ask($module, $list, ['server' => ['id' => Products::server($group, $module)]], $options);
        } catch (\Throwable $e) {
            $report = ['choices' => [], 'notice' => Entry::sentence($e)];
        }
        echo json_encode(['choices' => $report['choices'], 'notice' => $report['notice']], JSON_THROW_ON_ERROR);
    }

    /**
     * Whether the product that staff edit has a server group with a server: without one WHMCS calls no Loader, shows no
     * choice, and the stored value would be lost.
     */
    public static function possible(string $module): bool
    {
        try {
            $group = $_POST['servergroup'] ?? Products::group(self::product());
            return Products::server((int) $group, $module) !== '';
        } catch (\Throwable) {
            return false; // The settings are plain text then.
        }
    }

    /**
     * @param array<string, mixed> $server
     * @param list<string>         $options
     * @return array<string, mixed>
     */
    private static function ask(string $module, string $list, array $server, array $options): array
    {
        $limits = Settings::waiting('page');
        $began = microtime(true);
        try {
            return Job::run("$module.choices", $server + [
                'list' => $list,
                'options' => $options,
                'remembered' => self::$waited + 1 > $limits['step_seconds'],
            ], ['step_seconds' => max(1, (int) ($limits['step_seconds'] - self::$waited))] + $limits);
        } finally {
            self::$waited += microtime(true) - $began;
        }
    }

    private static function product(): int
    {
        return is_scalar($_REQUEST['id'] ?? null) ? (int) $_REQUEST['id'] : 0;
    }
}
