<?php

/**
 * OnApp virtual machines: WHMCS's entry functions. Each hands its parameters to a job of the core and its answer back.
 *
 * This file stays readable for PHP 7, so that an old PHP shows a sentence instead of a parse error.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

/** @return array<string, mixed> */
function onapp_MetaData()
{
    return [
        'DisplayName' => 'OnApp',
        'APIVersion' => '1.1',
        'RequiresServer' => true,
        'DefaultNonSSLPort' => '80',
        'DefaultSSLPort' => '443',
    ];
}

/**
 * All 24 slots, in their places: the position is where WHMCS stores a setting.
 *
 * @param array<string, mixed> $params what WHMCS says of the page
 * @return array<string, array<string, mixed>>
 */
function onapp_ConfigOptions($params = [])
{
    if (provisor_refusal() === '') {
        return Provisor\Entry::settings('onapp.settings', !empty($params['isAddon']));
    }
    $slots = [];
    for ($n = 1; $n <= 24; $n++) {
        $slots["option$n"] = [
            'FriendlyName' => "Option $n",
            'Type' => 'text',
            'Size' => '40',
            'Description' => $n === 1 ? provisor_refusal() : '',
        ];
    }
    return $slots;
}

/**
 * @param array<string, mixed> $params
 * @return array<string, mixed>
 */
function onapp_TestConnection(array $params)
{
    return provisor_refusal() === ''
        ? Provisor\Entry::testConnection('onapp.test_connection', $params)
        : ['success' => false, 'error' => provisor_refusal()];
}

/** @param array<string, mixed> $params */
function onapp_CreateAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('onapp.create', $params);
}

/** @param array<string, mixed> $params */
function onapp_SuspendAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('onapp.suspend', $params);
}

/** @param array<string, mixed> $params */
function onapp_UnsuspendAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('onapp.unsuspend', $params);
}

/** @param array<string, mixed> $params */
function onapp_TerminateAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('onapp.terminate', $params);
}

/**
 * The daily cron, once for each server: the same work as cron_bandwidth.php. It prints nothing; the activity log tells
 * what failed.
 *
 * @param array<string, mixed> $params
 * @return void
 */
function onapp_UsageUpdate(array $params)
{
    if (provisor_refusal() === '') {
        $server = ['server_id' => isset($params['serverid']) ? (string) $params['serverid'] : ''];
        Provisor\Entry::runAll([['onapp.collect', $server], ['onapp.bill', $server]], static function ($good, $line) {
            if (!$good) {
                Provisor\Journal::activity("Provisor $line");
            }
        });
    }
}

/** @return array<string, string> */
function onapp_AdminCustomButtonArray()
{
    return provisor_refusal() !== '' ? [] : Provisor\Entry::staffButtons('onapp', [
        'vm.start' => 'staffstart',
        'vm.shutdown' => 'staffshutdown',
        'vm.stop' => 'staffstop',
        'vm.reboot' => 'staffreboot',
        'vm.unlock' => 'staffunlock',
        'vm.build' => 'staffbuild',
        'vm.rebuild' => 'staffrebuild',
        'vm.rebuild_network' => 'staffrebuild_network',
        'vm.delete' => 'staffdelete_vm',
        'vm.console' => 'staffconsole',
        'vm.reset_password' => 'staffreset_password',
        'backup.take' => 'staffbackup',
        'staff.sync' => 'staffsync',
    ]);
}

/**
 * @param array<string, mixed> $params
 * @return array<string, string>
 */
function onapp_AdminServicesTabFields(array $params)
{
    return provisor_refusal() === '' ? Provisor\Entry::staffTab('onapp.staff', $params) : ['OnApp' => provisor_refusal()];
}

/** @return list<string> */
function onapp_ClientAreaAllowedFunctions()
{
    return provisor_refusal() === '' ? Provisor\Entry::clientFunctions('onapp') : [];
}

/**
 * @param array<string, mixed> $params
 * @return array<string, mixed>|string
 */
function onapp_ClientArea(array $params)
{
    return provisor_refusal() === '' ? Provisor\Entry::clientPage('onapp.page', $params) : '';
}

foreach (['client', 'parts', 'firewall', 'change', 'settings', 'staff'] as $provisorPart) {
    require_once __DIR__ . "/functions/$provisorPart.php";
}
