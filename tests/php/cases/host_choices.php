<?php

/** Choices of a product's settings from WHMCS's own tables: by name, and whatever is stored stays chosen. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\Choices;
use WHMCS\Database\Capsule;

/** Options of one product, and of another one. @return array<string, int> their ids */
function optionsOfProducts(): array
{
    $ids = ['product' => Whmcs::add('tblproducts', ['type' => 'server', 'servertype' => 'onapp'])];
    foreach (['own', 'own', 'of another'] as $gid => $whose) {
        $pid = $whose === 'own' ? $ids['product'] : $ids['product'] + 1;
        Whmcs::add('tblproductconfiglinks', ['gid' => $gid + 1, 'pid' => $pid]);
    }
    foreach ([
        'memory' => ['gid' => 1, 'optionname' => 'RAM|Memory &amp; &lt;b&gt;&quot;more&quot;', 'optiontype' => '1', 'order' => 2],
        'system' => ['gid' => 1, 'optionname' => 'System', 'optiontype' => '2', 'order' => 1],
        'backup' => ['gid' => 1, 'optionname' => 'Backup', 'optiontype' => '3', 'order' => 3],
        'ips' => ['gid' => 2, 'optionname' => 'IPs', 'optiontype' => '4', 'order' => 0],
        'foreign' => ['gid' => 3, 'optionname' => 'Elsewhere', 'optiontype' => '1', 'order' => 0],
    ] as $name => $row) {
        $ids[$name] = Whmcs::add('tblproductconfigoptions', $row);
    }
    return $ids;
}

/** @return array<string, mixed> the first field, which has this list and this value stored */
function fieldOf(int $product, string $list, string $stored): array
{
    Capsule::table('tblproducts')->where('id', $product)->update(['configoption1' => htmlspecialchars($stored, ENT_QUOTES)]);
    $_REQUEST['id'] = (string) $product;
    try {
        return Choices::add('onapp', ['option1' => ['Type' => 'text', 'Size' => '40']], [$list])['option1'];
    } finally {
        unset($_REQUEST['id']);
    }
}

return [
    'the options of the product are chosen by name and id, in the order of each group, and no yes/no' => static function (): void {
        $ids = optionsOfProducts();
        $all = [0 => '0 (none)', $ids['system'] => "System ({$ids['system']})",
            $ids['memory'] => "RAM|Memory & (b)more ({$ids['memory']})", $ids['ips'] => "IPs ({$ids['ips']})"];
        $field = fieldOf($ids['product'], 'options', '0');
        Check::same('dropdown', $field['Type']);
        Check::same($all, $field['Options']);
        unset($all[$ids['ips']]);
        Check::same($all, fieldOf($ids['product'], 'template_options', '0')['Options'], 'only what names one choice');
    },
    'whatever is stored is among the choices and is said to be so' => static function (): void {
        $ids = optionsOfProducts();
        $none = 'as stored; this product has no such option';
        foreach ([
            ['options', '', '(none)'],
            ['options', '0', '0 (none)'],
            ['options', '0.0', '0.0 (none)'],
            ['options', '999', "999 ($none)"],
            ['options', (string) $ids['foreign'], "{$ids['foreign']} ($none)"],
            ['options', '-1', "-1 ($none)"],
            ['options', '12 MB, 3', "12 MB, 3 ($none)"],
            ['options', '99999999999999999999', "99999999999999999999 ($none)"],
            ['options', (string) $ids['memory'], "RAM|Memory & (b)more ({$ids['memory']})"],
            ['options', "0{$ids['ips']}.0", "IPs ({$ids['ips']}) (as stored)"],
            ['options', (string) $ids['backup'], "Backup ({$ids['backup']}), of a type that cannot be used here (as stored)"],
            ['template_options', (string) $ids['ips'], "IPs ({$ids['ips']}), of a type that cannot be used here (as stored)"],
            ['servers', '', '(the server group decides)'],
            ['servers', '0', '0 (the server group decides)'],
            ['servers', '9', '9 (as stored; there is no such server)'],
        ] as [$list, $stored, $label]) {
            $options = fieldOf($ids['product'], $list, $stored)['Options'];
            Check::same($label, $options[$stored] ?? null, "the label of \"$stored\" in " . json_encode($options));
            // The entry for none is the one that is stored.
            Check::same(1, count(array_filter(['', 0], static fn (mixed $none) => isset($options[$none]))), json_encode($options));
        }
    },
    'a stored text that the page of WHMCS may change in a list stays a text' => static function (): void {
        $ids = optionsOfProducts();
        foreach (['{"x":1}', "1'2", '<12>', '1&2', "1\n2", "12\n", 'é'] as $stored) {
            $field = fieldOf($ids['product'], 'options', $stored);
            Check::same(['text', false], [$field['Type'], isset($field['Options'])], json_encode($field));
        }
    },
    'servers are chosen by name, and a disabled one is only kept' => static function (): void {
        $product = optionsOfProducts()['product'];
        $add = static fn (string $name, string $type, int $disabled) => Whmcs::add('tblservers', compact('name', 'type', 'disabled'));
        $one = $add('Cloud &lt;One&gt;', 'onapp', 0);
        $other = $add('Other', 'cpanel', 0);
        $off = $add('Off', 'onapp', 1);
        $two = $add('Atlas', 'onapp', 0);
        $expected = ['' => '(the server group decides)', $two => "Atlas ($two)", $one => "Cloud (One) ($one)"];
        Check::same($expected, fieldOf($product, 'servers', '')['Options']);
        Check::same($expected, fieldOf($product, 'servers', (string) $two)['Options']);
        Check::same($expected + [$off => "Off ($off), disabled (as stored)"], fieldOf($product, 'servers', (string) $off)['Options']);
        Check::same("$other (as stored; there is no such server)", fieldOf($product, 'servers', (string) $other)['Options'][$other]);
    },
    'a product that is not saved yet has an entry for none' => static function (): void {
        optionsOfProducts();
        Check::same(['' => '(none)'], fieldOf(0, 'options', '')['Options']);
    },
    'where WHMCS cannot be read every setting is a text' => static function (): void {
        $ids = optionsOfProducts();
        foreach (['tblproductconfiglinks' => 'options', 'tblservers' => 'servers', 'tblproducts' => 'options'] as $table => $list) {
            $fields = ['option1' => ['Type' => 'text'], 'option2' => ['Type' => 'text']];
            Capsule::schema()->drop($table);
            $_REQUEST['id'] = (string) $ids['product'];
            $fields = Choices::add('onapp', $fields, ['servers', $list]);
            unset($_REQUEST['id']);
            Check::same(['text', 'text'], array_column($fields, 'Type'), $table);
        }
    },
];
