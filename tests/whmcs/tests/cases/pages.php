<?php

/** Promises about pages (whmcs-contract.md 1.3, 1.9, 1.11, 6.3, 6.8). */

declare(strict_types=1);

use StandInTests\World;

$open = static function (World $w): array {
    $lines = $w->serve();
    $url = rtrim($lines[0], '/');
    $once = substr($lines[1], (int) strpos($lines[1], 'http'));
    return [$url, $once, "$url/clientarea.php?action=productdetails&id=1"];
};
$token = static function (string $html): string {
    preg_match("/csrfToken = '(\w+)'/", $html, $part);
    return $part[1];
};

return [
    'the_product_page_shows_the_module_and_the_usage' => static function (World $w) use ($open): void {
        $w->order('--autosetup', 'order');
        [, $once, $page] = $open($w);
        $html = $w->http($once)[1];
        $w->holds(str_contains($html, 'Dummy of vm1.example.com, state Active'), 'the module\'s template');
        $w->holds(!str_contains($html, 'id="resourceusage"'), 'no usage before lastupdate');
        $w->do('sql', "UPDATE tblhosting SET bwusage = 5, bwlimit = 10, lastupdate = '2026-03-01 10:00:00'");
        $w->holds(str_contains($w->http($page)[1], '5MB / 10MB (50%)'), 'the usage');
    },
    'a_one_time_address_works_once' => static function (World $w) use ($open): void {
        $w->order('--autosetup', 'order');
        [, $once] = $open($w);
        $w->same(200, $w->http($once, [], 'first')[0]);
        $w->same(403, $w->http($once, [], 'second')[0]);
    },
    'pages_need_a_login_and_show_own_services_only' => static function (World $w) use ($open): void {
        $w->order('--autosetup', 'order');
        $w->do('client:add', '--email', 'other@b.test');
        $w->do('order', '--client', '2', '--product', '1', '--domain', 'other.example.com');
        [, $once, $page] = $open($w);
        $w->holds(!str_contains($w->http($page, [], 'nobody')[1], 'vm1.example.com'), 'hidden before log-in');
        $w->http($once);
        $other = $w->http(str_replace('id=1', 'id=2', $page))[1];
        $w->holds(!str_contains($other, 'other.example.com'), 'not another\'s');
    },
    'a_post_without_the_token_changes_nothing' => static function (World $w) use ($open, $token): void {
        $w->order('--autosetup', 'order');
        [, $once, $page] = $open($w);
        $html = $w->http($once)[1];
        $post = ['modop' => 'custom', 'a' => 'reboot'];
        $w->same(403, $w->http($page, $post)[0]);
        $w->same(['CreateAccount'], $w->calls());
        $answer = $w->http($page, $post + ['token' => $token($html)])[1];
        $w->holds(str_contains($answer, 'Action Completed Successfully!'), 'the answer');
        $w->same(['CreateAccount', 'reboot'], $w->calls());
    },
    'a_client_changes_the_service_password' => static function (World $w) use ($open, $token): void {
        $w->order('--autosetup', 'order');
        [, $once, $page] = $open($w);
        $post = ['modulechangepassword' => 'true', 'newpw' => 'N3w', 'confirmpw' => 'N3w',
            'token' => $token($w->http($once)[1])];
        $w->http($page, $post);
        $w->same('N3w', $w->api('GetClientsProducts', 'serviceid=1')['products']['product'][0]['password']);
    },
    'staff_save_module_settings_encoded_by_position' => static function (World $w) use ($open): void {
        $w->order('--autosetup', 'order');
        $lines = $w->serve();
        $url = rtrim($lines[0], '/');
        $w->http(substr($lines[2], (int) strpos($lines[2], 'http')), [], 'staff');
        $page = "$url/admin/configproducts.php?action=edit&id=1";
        preg_match('/name="token" value="(\w+)"/', $w->http($page, [], 'staff')[1], $part);
        $w->http($page, ['token' => $part[1], 'packageconfigoption' => ['', '', '{"x":1}']], 'staff');
        $w->same('{&quot;x&quot;:1}', $w->sql('SELECT configoption2 FROM tblproducts')[0]['configoption2']);
        $w->same(403, $w->http($page, [], 'stranger')[0]);
    },
    'files_that_are_no_pages_are_not_given_out' => static function (World $w) use ($open): void {
        $w->order('--autosetup', 'order');
        [$url] = $open($w);
        foreach (['storage/nasty.sqlite', 'configuration.php', 'templates/twenty-one/header.tpl'] as $path) {
            $w->same(403, $w->http("$url/$path")[0], $path);
        }
    },
    'a_taken_port_is_one_sentence' => static function (World $w): void {
        $taken = stream_socket_server('tcp://127.0.0.1:0');
        $port = explode(':', (string) stream_socket_get_name($taken, false))[1];
        [$code, , $errors] = $w->try('serve', '--port', $port);
        $w->same(1, $code);
        $w->same(1, substr_count(trim($errors), "\n") + 1);
    },
];
