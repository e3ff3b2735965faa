<?php

declare(strict_types=1);

namespace Provisor;

use Provisor\WhmcsHost\Products;

/**
 * Lists of a product's settings that WHMCS has itself: `servers`, the module's; `options`, the configurable options that
 * the product has and that add something; `template_options`, those where one choice is made. Which setting has which list
 * the core says.
 */
final class HostLists
{
    /** A yes/no option has no choice whose Order column could be added. */
    private const KINDS = ['options' => ['dropdown', 'radio', 'quantity'], 'template_options' => ['dropdown', 'radio']];

    /** What none is called, and what a setting says that is no id of the list's. */
    private const WORDS = ['servers' => ['(the server group decides)', 'there is no such server']];
    private const OTHER_WORDS = ['(none)', 'this product has no such option'];

    public static function has(string $list): bool
    {
        return $list === 'servers' || isset(self::KINDS[$list]);
    }

    /** @return array<int, array{label: string, offered: bool}> by id; what is not offered is only kept where it is stored */
    public static function read(string $list, string $module, int $product): array
    {
        $entries = [];
        foreach ($list === 'servers' ? Products::servers($module) : Products::configurableOptions($product) as $id => $row) {
            [$offered, $why] = $list === 'servers'
                ? [!$row['disabled'], ', disabled']
                : [in_array($row['kind'], self::KINDS[$list], true), ', of a type that cannot be used here'];
            $entries[$id] = ['label' => Choices::words("$row[name] ($id)" . ($offered ? '' : $why)), 'offered' => $offered];
        }
        return $entries;
    }

    /**
     * @param array<int, array{label: string, offered: bool}> $entries
     * @return list<array{value: string, label: string}>
     */
    public static function offered(array $entries): array
    {
        $choices = [];
        foreach ($entries as $id => $entry) {
            if ($entry['offered']) {
                $choices[] = ['value' => (string) $id, 'label' => $entry['label']];
            }
        }
        return $choices;
    }

    /**
     * What staff choose from: none, what is offered, and in any case what is stored.
     *
     * @param array<int, array{label: string, offered: bool}> $entries
     * @return array<int|string, string> value => label; empty for a stored text that WHMCS's page may not give back unchanged
     */
    public static function choices(string $list, array $entries, string $stored): array
    {
        if (preg_match('/^[ -~]*$/D', $stored) !== 1 || strpbrk($stored, '<>"\'&') !== false) {
            return [];
        }
        [$none, $unknown] = self::WORDS[$list] ?? self::OTHER_WORDS;
        // Nothing and 0 both mean none, and stay what they are.
        $neutral = in_array($stored, ['', '0'], true) ? $stored : ($list === 'servers' ? '' : '0');
        $choices = [$neutral => trim("$neutral $none")] + array_column(self::offered($entries), 'label', 'value');
        if (!isset($choices[$stored])) {
            // As the core reads ids: also 012 and 12.0.
            $id = preg_match('/^\s*0*(\d+)(\.0*)?\s*$/', $stored, $found) === 1 ? (int) $found[1] : -1;
            $choices[$stored] = match (true) {
                $id === 0 || trim($stored) === '' => "$stored $none",
                isset($entries[$id]) => $entries[$id]['label'] . ' (as stored)',
                default => "$stored (as stored; $unknown)",
            };
        }
        return $choices;
    }
}
