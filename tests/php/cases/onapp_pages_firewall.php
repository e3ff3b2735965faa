<?php

/**
 * The firewall page as a browser meets it: buttons and form, what WHMCS hands on, and what the machine's firewall really
 * does. The site is that of onapp_pages.php, which is read before.
 */

declare(strict_types=1);

namespace Provisor\Tests;

return [
    'a client writes firewall rules, orders them and applies them' => static function (): void {
        $site = new VmSite();
        $site->login(1);
        $page = $site->page('firewall');
        foreach (['Firewall', 'Interface eth0', 'Everything else', 'Drop instead', 'Add a rule', 'Apply the rules'] as $text) {
            Check::contains($text, $page);
        }
        Check::lacks('name="a" value="delete_rule"', $page, 'there is no rule yet');
        Check::same(1, preg_match('/name="provisor\[nic\]".*?<option value="(\d+)"/s', $page, $found), $page);
        $rule = ['nic' => $found[1], 'verdict' => 'ACCEPT', 'protocol' => 'TCP', 'address' => '198.51.100.0/24', 'port' => '22'];
        [, $page] = $site->press('add_rule', ['address' => '<b>"x', 'port' => '0', 'protocol' => 'ICMP'] + $rule);
        Check::contains('must be an address, a network', $page);
        Check::contains('must be ports from 1 to 65535', $page);
        Check::contains('&lt;b&gt;&quot;x', $page);
        Check::lacks('<b>"x', $page, 'what was typed is escaped');
        Check::lacks('The rule is added', $page);
        [, $page] = $site->press('add_rule', $rule);
        Check::contains('The rule is added. It does nothing until the rules are applied.', $page);
        Check::contains('not in force yet', $page);
        [, $page] = $site->press('add_rule', ['address' => '2001:db8::/32', 'port' => '80,443'] + $rule);
        Check::same(2, preg_match_all('/name="a" value="delete_rule"/', $page), $page);
        Check::same(1, preg_match('/value="rule_up">\s*<input type="hidden" name="provisor\[id\]" value="([^"]+)"/', $page, $up), $page);
        [, $page] = $site->press('rule_up', ['id' => $up[1]]);
        Check::contains('The rule is moved.', $page);
        Check::true(strpos($page, 'from 2001:db8::/32') < strpos($page, 'from 198.51.100.0/24'), 'it stands first');
        [, $page] = $site->press('rule_up', ['id' => $up[1]]);
        Check::contains('not on this page any more', $page, 'the button of the page before');
        [, $page] = $site->press('default_drop', ['id' => $rule['nic']]);
        Check::contains('Everything else is dropped, once the rules are applied.', $page);
        Check::same(null, $site->vm()['firewall'], 'nothing is in force yet');
        [, $page] = $site->press('apply_firewall');
        Check::contains('The rules are being applied.', $page);
        Check::lacks('name="a" value="delete_rule"', $page);
        [, $page] = $site->press('delete_rule', ['id' => $up[1]]);
        Check::contains('Nothing was changed', $page, 'the machine is busy, or the button is old');
        $site->control('clock', ['advance_seconds' => 120]);
        Check::contains('What stands here is in force.', $site->page('firewall'));
        [$force] = $site->vm()['firewall'];
        Check::same(['DROP', 2], [$force['default'], count($force['rules'])]);
        Check::same(1, preg_match('/value="delete_rule">\s*<input type="hidden" name="provisor\[id\]" value="([^"]+)"/', $site->page('firewall'), $first), 'a rule to delete');
        [, $page] = $site->press('delete_rule', ['id' => $first[1]]);
        Check::contains('The rule is deleted.', $page);
        Check::contains('not in force yet', $page);
    },
    'another client, a link and a page without token change no firewall' => static function (): void {
        $site = new VmSite();
        $site->login(1);
        $page = $site->page('firewall');
        preg_match('/name="provisor\[nic\]".*?<option value="(\d+)"/s', $page, $found);
        $form = ['nic' => $found[1], 'verdict' => 'DROP', 'protocol' => 'TCP', 'address' => '', 'port' => ''];
        $service = "clientarea.php?action=productdetails&id=$site->service";
        $default = static fn () => array_column($site->control('state')['vms'], 'firewall');
        $site->page('default_drop');
        $site->page('apply_firewall');
        $site->get($service, ['modop' => 'custom', 'a' => 'add_rule', 'provisor' => $form]);
        $site->get($service, ['modop' => 'custom', 'a' => 'default_drop', 'provisor' => ['id' => $form['nic']]]);
        $page = $site->page('firewall');
        Check::lacks('name="a" value="delete_rule"', $page, 'no rule was added');
        Check::contains('Drop instead', $page, 'the default is what it was');
        $site->login(2);
        [$status] = $site->get("$service&modop=custom&a=firewall");
        Check::same(302, $status);
        Check::same([null], $default());
    },
    'a client whose control panel refuses the firewall reads so, and staff the permission that is missing' => static function (): void {
        $site = new VmSite();
        $own = ['read.own', 'create.own', 'update.own', 'delete.own'];
        $site->control('role', ['role' => 2, 'revoke' => array_map(static fn (string $name) => "firewall_rules.$name", $own)]);
        $site->control('role', ['role' => 1, 'revoke' => ['firewall_rules']]);
        $site->login(1);
        $page = $site->page('firewall');
        Check::contains('cannot be used here. Please ask the support.', $page);
        Check::lacks('firewall_rules', $page);
        Check::lacks('name="a" value="add_rule"', $page);
        Check::contains('firewall_rules.read', $site->logs());
    },
];
