<?php

/** server:add, group:add, product:add, option:add, currency:add, field:add, tax:add: what staff set up. */

declare(strict_types=1);

use StandIn\Cli\Args;
use StandIn\Cli\Command;
use StandIn\Crypt;
use StandIn\Modules\HookFiles;
use StandIn\Modules\HookList;
use StandIn\Modules\Loader;
use StandIn\Orders\Prices;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

return [
    new Command('server:add', 'add a server record; prints its id', [
        'name NAME' => 'name', 'type MODULE' => 'server module (onapp)', 'hostname HOST' => '', 'ip IP' => '',
        'username NAME' => '', 'password TEXT' => 'stored encoded and encrypted', 'accesshash TEXT' => 'stored as it is',
        'secure' => 'the tick box SSL', 'port N' => 'port override', 'disabled' => 'takes no new orders',
        'group NAME' => 'server group, made when missing',
        'max N' => 'most accounts (0: no limit)',
    ], static function (Args $args): ?int {
        $id = (int) Capsule::table('tblservers')->insertGetId([
            'name' => $args->form('name', 'Server'), 'type' => $args->get('type', 'onapp'),
            'hostname' => $args->form('hostname'), 'ipaddress' => $args->form('ip'),
            'username' => $args->form('username'), 'password' => Crypt::fromForm($args->get('password')),
            'accesshash' => $args->get('accesshash'), 'secure' => $args->has('secure') ? 'on' : '',
            'port' => $args->has('port') ? $args->int('port') : null, 'active' => 1,
            'disabled' => $args->has('disabled') ? 1 : 0, 'maxaccounts' => $args->int('max'),
        ]);
        if ($args->has('group')) {
            $group = Capsule::table('tblservergroups')->where('name', $args->form('group'))->value('id')
                ?? Capsule::table('tblservergroups')->insertGetId(['name' => $args->form('group'), 'filltype' => 1]);
            Capsule::table('tblservergroupsrel')->insert(['groupid' => $group, 'serverid' => $id]);
        }
        HookList::run('ServerAdd', ['serverid' => $id]);
        $args->answer(['id' => $id]);
        return null;
    }),

    new Command('product:add', 'add a product and save its Module Settings; prints its id', [
        'name NAME' => 'name', 'module MODULE' => 'server module, or none (onapp)',
        'type TYPE' => 'hostingaccount, reselleraccount, server, other (server)',
        'server-group NAME' => 'server group, or none (none: any server of the module)',
        'option N=VALUE...' => 'a field of Module Settings by position, or by its label',
        'autosetup WHEN' => "order, payment, on (accepted) or '' (never) (payment)",
        'price AMOUNT' => 'monthly, default currency; 0 makes the product free (0)',
        'onetime' => 'the price is paid once', 'tax' => 'taxed', 'welcome NAME' => 'welcome e-mail, or none',
        'overages' => 'the tick box of overages billing', 'bw-limit N' => 'soft bandwidth limit, in its unit',
        'bw-price PRICE' => 'per unit over the limit, four digits', 'bw-unit UNIT' => 'MB, GB or TB (MB)',
        'disk-limit N' => '', 'disk-price PRICE' => '', 'disk-unit UNIT' => '',
    ], static function (Args $args): ?int {
        $module = $args->get('module', 'onapp') === 'none' ? '' : $args->get('module', 'onapp');
        $autosetup = $args->get('autosetup', 'payment');
        if (!in_array($autosetup, ['order', 'payment', 'on', ''], true)) {
            throw new Refusal("--autosetup is \"$autosetup\"; it must be order, payment, on or ''");
        }
        $price = $args->get('price', '0');
        $group = $args->get('server-group', 'none');
        $row = [
            'name' => $args->form('name', 'Product'), 'gid' => 1, 'type' => $args->get('type', 'server'),
            'servertype' => $module, 'autosetup' => $autosetup, 'tax' => $args->has('tax') ? 1 : 0,
            'paytype' => (float) $price === 0.0 ? 'free' : ($args->has('onetime') ? 'onetime' : 'recurring'),
            'configoptionsupgrade' => 1, 'servergroup' => 0,
            'overagesenabled' => $args->has('overages')
                ? "1,{$args->get('disk-unit', 'MB')},{$args->get('bw-unit', 'MB')}" : '',
            'overagesbwlimit' => $args->int('bw-limit'), 'overagesbwprice' => $args->get('bw-price', '0'),
            'overagesdisklimit' => $args->int('disk-limit'), 'overagesdiskprice' => $args->get('disk-price', '0'),
        ];
        if ($group !== 'none') {
            $row['servergroup'] = Capsule::table('tblservergroups')->where('name', htmlspecialchars($group))
                ->value('id') ?? throw new Refusal("there is no server group \"$group\"");
        }
        $welcome = $args->get('welcome', 'Dedicated/VPS Server Welcome Email');
        $row['welcomeemail'] = $welcome === 'none' ? 0
            : (int) Capsule::table('tblemailtemplates')->where('name', $welcome)->value('id');
        foreach ($args->pairs('option') as $slot => $value) {
            if (!ctype_digit((string) $slot)) {
                $labels = array_map(
                    static fn ($key, array $field): string => (string) ($field['FriendlyName'] ?? $key),
                    array_keys($fields = Loader::configOptions($module)),
                    $fields
                );
                $position = array_search($slot, $labels, true);
                if ($position === false) {
                    throw new Refusal("module $module has no field \"$slot\": " . implode(', ', $labels));
                }
                $slot = $position + 1;
            }
            if ((int) $slot < 1 || (int) $slot > 24) {
                throw new Refusal("--option $slot: fields are numbered 1 to 24");
            }
            $row["configoption$slot"] = htmlspecialchars($value, ENT_QUOTES);
        }
        $id = (int) Capsule::table('tblproducts')->insertGetId($row);
        Prices::store('product', $id, $price);
        if ($module !== '') {
            HookFiles::registerServerModule($module);
        }
        HookList::run('ProductEdit', ['pid' => $id] + $row);
        $args->answer(['id' => $id]);
        return null;
    }),

    new Command('option:add', 'add a configurable option to a product; prints its id and those of its choices', [
        'product ID' => 'the product', 'group NAME' => 'option group, made and linked when missing (Options)',
        'name NAME' => 'option name, key|Label allowed', 'type TYPE' => 'dropdown, radio, yesno or quantity',
        'sub NAME:ORDER:PRICE...' => 'one choice: text, sort order, monthly price (order and price may be left out)',
        'min N' => 'quantity: least', 'max N' => 'quantity: most',
    ], static function (Args $args): ?int {
        $types = ['dropdown' => 1, 'radio' => 2, 'yesno' => 3, 'quantity' => 4];
        $type = $types[$args->need('type')] ?? throw new Refusal('--type must be dropdown, radio, yesno or quantity');
        $name = $args->form('group', 'Options');
        $group = Capsule::table('tblproductconfiggroups')->where('name', $name)->value('id')
            ?? Capsule::table('tblproductconfiggroups')->insertGetId(['name' => $name]);
        Capsule::table('tblproductconfiglinks')
            ->updateOrInsert(['gid' => $group, 'pid' => (int) $args->need('product')]);
        $id = (int) Capsule::table('tblproductconfigoptions')->insertGetId(['gid' => $group,
            'optionname' => $args->form('name'), 'optiontype' => $type, 'qtyminimum' => $args->int('min'),
            'qtymaximum' => $args->int('max')]);
        $subs = [];
        foreach ($args->all('sub') ?: [$args->get('name')] as $text) {
            [$label, $order, $price] = explode(':', $text) + [1 => '0', 2 => '0'];
            $sub = (int) Capsule::table('tblproductconfigoptionssub')->insertGetId(['configid' => $id,
                'optionname' => htmlspecialchars($label, ENT_QUOTES), 'sortorder' => (int) $order]);
            Prices::store('configoptions', $sub, $price);
            $subs[] = $sub;
        }
        $args->answer(['id' => $id, 'subs' => $args->has('json') ? $subs : implode(',', $subs)]);
        return null;
    }),

    new Command('currency:add', 'add a currency and prices in it; prints its id', [
        'code CODE' => '', 'prefix TEXT' => '', 'suffix TEXT' => '', 'rate RATE' => 'against the default currency',
        'format N' => '1 to 4 (1)',
    ], static function (Args $args): ?int {
        $id = (int) Capsule::table('tblcurrencies')->insertGetId(['code' => $args->need('code'),
            'prefix' => $args->get('prefix'), 'suffix' => $args->get('suffix', ' ' . $args->get('code')),
            'rate' => $args->need('rate'), 'format' => $args->int('format', 1), 'default' => 0]);
        $default = (int) Capsule::table('tblcurrencies')->where('default', 1)->value('id');
        foreach (Capsule::table('tblpricing')->where('currency', $default)->get() as $price) {
            Prices::store((string) $price->type, (int) $price->relid, (string) $price->monthly);
        }
        $args->answer(['id' => $id]);
        return null;
    }),

    new Command('field:add', 'add a custom field; prints its id', [
        'for WHAT' => 'product or client', 'product ID' => 'the product', 'name NAME' => 'key|Label allowed',
        'type TYPE' => 'text, password, dropdown, tickbox, textarea (text)',
    ], static function (Args $args): ?int {
        $args->answer(['id' => (int) Capsule::table('tblcustomfields')->insertGetId([
            'type' => $args->need('for'), 'relid' => $args->int('product'), 'fieldname' => $args->form('name'),
            'fieldtype' => $args->get('type', 'text')])]);
        return null;
    }),

    new Command('tax:add', 'add a tax rate and turn tax on; prints its id', [
        'rate PERCENT' => '', 'level N' => '1 or 2 (1)', 'country CC' => 'everywhere when left out', 'state S' => '',
        'name NAME' => '(VAT)',
    ], static function (Args $args): ?int {
        StandIn\Settings::set('TaxEnabled', 'on');
        $args->answer(['id' => (int) Capsule::table('tbltax')->insertGetId(['level' => $args->int('level', 1),
            'name' => $args->form('name', 'VAT'), 'country' => $args->get('country'), 'state' => $args->get('state'),
            'taxrate' => $args->need('rate')])]);
        return null;
    }),
];
