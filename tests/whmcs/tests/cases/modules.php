<?php

/** Promises about module calls, parameters, hooks, queue and log (whmcs-contract.md 1.1 to 1.17, 3.1, 3.2). */

declare(strict_types=1);

use StandInTests\World;

return [
    'only_the_word_success_is_success' => static function (World $w): void {
        $w->order('--autosetup', '', '--option', 'Wish=nothing');
        [$code, $said] = $w->try('module', '--service', '1', '--action', 'create');
        $w->same([1, "The module returned no answer\n"], [$code, $said]);
        $w->same('Pending', $w->status());
        $w->same(1, $w->hooked('AfterModuleCreateFailed'));
        $w->same(0, $w->hooked('AfterModuleCreate'));
    },
    'suspend_unsuspend_and_terminate_move_the_state' => static function (World $w): void {
        $w->order('--autosetup', 'order');
        $w->do('module', '--service', '1', '--action', 'suspend', '--reason', 'late');
        $w->same('Suspended', $w->status());
        $w->same('late', $w->sql('SELECT suspendreason FROM tblhosting')[0]['suspendreason']);
        $w->do('module', '--service', '1', '--action', 'unsuspend');
        $w->same('Active', $w->status());
        $w->do('module', '--service', '1', '--action', 'terminate');
        $w->same('Terminated', $w->status());
    },
    'a_failed_automatic_action_waits_in_the_queue_until_staff_retry' => static function (World $w): void {
        $w->order('--autosetup', 'order', '--option', 'Wish=fail');
        $open = $w->json('queue');
        $w->same(['CreateAccount', 'the panel said no'], [$open[0]['moduleAction'], $open[0]['lastAttemptError']]);
        $w->do('cron');
        $w->same(['CreateAccount', 'UsageUpdate'], $w->calls(), 'the cron repeats nothing');
        $w->do('sql', "UPDATE tblproducts SET configoption1 = ''");
        $w->do('queue', '--retry', 'all');
        $w->same([], $w->json('queue'));
        $w->same('Active', $w->status());
    },
    'a_failed_action_by_hand_stays_out_of_the_queue' => static function (World $w): void {
        $w->order('--autosetup', '', '--option', 'Wish=fail');
        $w->try('module', '--service', '1', '--action', 'create');
        $w->same([], $w->json('queue'));
    },
    'an_exception_of_a_module_is_not_swallowed' => static function (World $w): void {
        $w->order('--autosetup', '', '--option', 'Wish=throw');
        [$code, , $errors] = $w->try('module', '--service', '1', '--action', 'create');
        $w->same(3, $code);
        $w->holds(str_contains($errors, 'the dummy fell over'), 'the exception is shown');
    },
    'output_of_a_module_is_recorded_and_goes_on' => static function (World $w): void {
        $w->order('--autosetup', '', '--option', 'Wish=print');
        [$code, $said, $errors] = $w->try('module', '--service', '1', '--action', 'create');
        $w->same([0, "success\n", 'some output'], [$code, $said, $errors]);
        $log = $w->sql("SELECT description FROM tblactivitylog WHERE description LIKE 'Stand-in:%'");
        $w->same('Stand-in: dummy printed output in CreateAccount: some output', $log[0]['description']);
    },
    'parameters_have_24_slots_of_text_and_a_plain_password' => static function (World $w): void {
        $w->order('--autosetup', 'on', '--option', '2={"a":1}');
        $w->do('accept', '--order', '1');
        $params = json_decode($w->sql('SELECT params FROM mod_dummy_calls')[0]['params'], true);
        $w->same('{&quot;a&quot;:1}', $params['configoption2'], 'stored text stays encoded');
        $w->same('', $params['configoption24']);
        $w->holds(preg_match('/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)\w{10}$/', $params['password']) === 1, 'a new password');
        $w->same('vm1examp', $params['username']);
        $w->same('O&#039;Neil', $params['clientsdetails']['firstname']);
        $w->same('right', $params['serverpassword']);
        $w->same([0, 1, true], [$params['addonId'], $params['serverid'], $params['server']]);
        $stored = $w->sql('SELECT password FROM tblhosting')[0]['password'];
        $w->holds($stored !== '' && !str_contains($stored, $params['password']), 'encrypted at rest');
    },
    'server_calls_carry_no_service_keys' => static function (World $w): void {
        $w->order('--autosetup', '');
        $w->do('module', '--server', '1', '--action', 'testconnection');
        $params = json_decode($w->sql('SELECT params FROM mod_dummy_calls')[0]['params'], true);
        foreach (['serviceid', 'userid', 'domain', 'password', 'configoption1', 'clientsdetails'] as $key) {
            $w->holds(!array_key_exists($key, $params), "no $key");
        }
    },
    'a_refused_connection_test_exits_with_one' => static function (World $w): void {
        $w->do('server:add', '--type', 'dummy', '--password', 'wrong');
        $w->same(1, $w->try('module', '--server', '1', '--action', 'testconnection')[0]);
    },
    'hooks_run_by_priority_then_in_order_of_registration' => static function (World $w): void {
        $w->same('b a c', $w->php(
            'foreach (["a" => 5, "b" => 1, "c" => 5] as $name => $priority) {'
            . ' add_hook("Mine", $priority, fn (array $vars) => $name); } echo implode(" ", run_hook("Mine", []));'
        ));
    },
    'a_pre_hook_may_abort_and_may_change_parameters' => static function (World $w): void {
        $w->order('--autosetup', '');
        file_put_contents("$w->root/includes/hooks/mine.php", '<?php add_hook("PreModuleCreate", 1, '
            . 'fn ($vars) => ["username" => "changed"]);'
            . ' add_hook("PreModuleSuspend", 1, fn () => ["abortcmd" => true]);');
        $w->do('module', '--service', '1', '--action', 'create');
        $params = json_decode($w->sql('SELECT params FROM mod_dummy_calls')[0]['params'], true);
        $w->same('changed', $params['username']);
        $w->same(1, $w->try('module', '--service', '1', '--action', 'suspend')[0]);
        $w->same(['CreateAccount'], $w->calls());
    },
    'hook_files_with_an_underscore_are_left_alone' => static function (World $w): void {
        file_put_contents("$w->root/includes/hooks/_off.php", '<?php add_hook("Mine", 1, fn () => "off");');
        $w->same('0', $w->php('echo count(run_hook("Mine", []));'));
    },
    'clients_reach_only_listed_functions' => static function (World $w): void {
        $w->order('--autosetup', 'order');
        $call = ['module', '--service', '1', '--action', 'custom', '--as', 'client', '--function'];
        $w->same('success', $w->do(...[...$call, 'reboot']));
        $w->same([1, "Permission denied\n"], array_slice($w->try(...[...$call, 'hidden']), 0, 2));
    },
    'the_module_log_is_written_only_in_debug_mode_and_masks' => static function (World $w): void {
        $log = 'logModuleCall("dummy", "x", "key s3cret", ["answer" => "s3cret"], "", ["s3cret"]);';
        $w->php($log);
        $w->same([], $w->sql('SELECT * FROM tblmodulelog'));
        $w->do('setting', '--set', 'ModuleDebugMode=on');
        $w->php($log);
        $row = $w->sql('SELECT * FROM tblmodulelog')[0];
        $w->same('key ******', $row['request']);
        $w->holds(!str_contains($row['response'], 's3cret'), 'the answer is masked');
    },
    'encryption_is_random_and_reads_back' => static function (World $w): void {
        $w->same('1 secret', $w->php(
            '$a = encrypt("secret"); echo (int) ($a !== encrypt("secret")), " ",'
            . ' localAPI("DecryptPassword", ["password2" => $a])["password"];'
        ));
    },
    'passwords_rest_as_forms_leave_them_and_modules_get_them_as_entered' => static function (World $w): void {
        $entered = 'p&ss<1>"\'Xy9';
        $server = $w->do('server:add', '--type', 'dummy', '--password', $entered);
        $w->same('p&amp;ss&lt;1&gt;&quot;&#039;Xy9', $w->php('echo decrypt(WHMCS\Database\Capsule::table("tblservers")'
            . "->where('id', $server)->value('password'));"));
        $w->same($entered, $w->php("echo StandIn\Modules\Params::forServer($server)['serverpassword'];"));
        $w->order('--autosetup', '');
        $w->do('order', '--client', '1', '--product', '1', '--password', $entered);
        $w->same($entered, $w->php('echo ModuleBuildParams(2)["password"];'));
    },
    'service_properties_write_columns_and_make_custom_fields' => static function (World $w): void {
        $w->order('--autosetup', '');
        $w->same('42 1.2.3.4 pw', $w->php(
            '$p = WHMCS\Service\Service::find(1)->serviceProperties;'
            . '$p->save(["vm|VM id" => 42, "Dedicated IP" => "1.2.3.4", "Password" => "pw"]);'
            . 'echo $p->get("vm"), " ", $p->get("Dedicated IP"), " ", ModuleBuildParams(1)["password"];'
        ));
        $w->same('42', $w->php('echo ModuleBuildParams(1)["customfields"]["vm"];'));
    },
    'module_classes_are_found_under_lib' => static function (World $w): void {
        mkdir("$w->root/modules/servers/dummy/lib");
        file_put_contents("$w->root/modules/servers/dummy/lib/Part.php", '<?php namespace WHMCS\Module\Server\Dummy;'
            . ' class Part { const X = "found"; }');
        $w->same('found', $w->php('echo WHMCS\Module\Server\Dummy\Part::X;'));
    },
    'a_module_entry_file_finds_init_php' => static function (World $w): void {
        file_put_contents("$w->root/modules/servers/dummy/entry.php", '<?php require __DIR__ . "/../../../init.php";'
            . ' echo WHMCS\Config\Setting::getValue("CompanyName");');
        $w->same('Example Hosting', shell_exec(PHP_BINARY . " $w->root/modules/servers/dummy/entry.php"));
    },
];
