<?php

/**
 * SingleHop dedicated servers: WHMCS's entry functions. Each hands its parameters to a job of the core and its answer back.
 *
 * This file stays readable for PHP 7, so that an old PHP shows a sentence instead of a parse error.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

/** @return array<string, mixed> */
function singlehop_MetaData()
{
    return ['DisplayName' => 'Singlehop', 'APIVersion' => '1.1', 'RequiresServer' => false];
}

/**
 * All 24 slots, in their places: the position is where WHMCS stores a setting.
 *
 * @return array<string, array<string, mixed>>
 */
function singlehop_ConfigOptions()
{
    if (provisor_refusal() === '') {
        return Provisor\Entry::settings('singlehop.settings');
    }
    $slots = [];
    for ($n = 1; $n <= 24; $n++) {
        $slots["option$n"] = [
            'FriendlyName' => "Option $n",
            // Slots 2, 4 and 5 hold passwords and the API key.
            'Type' => in_array($n, [2, 4, 5], true) ? 'password' : 'text',
            'Size' => '40',
            'Description' => $n === 1 ? provisor_refusal() : '',
        ];
    }
    return $slots;
}

/** @param array<string, mixed> $params */
function singlehop_CreateAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('singlehop.create', $params);
}

/** @param array<string, mixed> $params */
function singlehop_SuspendAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('singlehop.suspend', $params);
}

/** @param array<string, mixed> $params */
function singlehop_UnsuspendAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('singlehop.unsuspend', $params);
}

/** @param array<string, mixed> $params */
function singlehop_TerminateAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('singlehop.terminate', $params);
}

/** @return array<string, string> */
function singlehop_AdminCustomButtonArray()
{
    return provisor_refusal() !== '' ? [] : Provisor\Entry::staffButtons('singlehop', [
        'staff.reboot' => 'staffreboot',
        'staff.get_ips' => 'ips',
        'staff.test' => 'test',
    ]);
}

/** @param array<string, mixed> $params */
function singlehop_staffreboot(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('singlehop.reboot', $params);
}

/** @param array<string, mixed> $params */
function singlehop_ips(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('singlehop.ips', $params);
}

/** @param array<string, mixed> $params */
function singlehop_test(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('singlehop.test', $params);
}

/** @param array<string, mixed> $params */
function singlehop_AdminServicesTabFields(array $params)
{
    return provisor_refusal() === ''
        ? Provisor\Entry::staffTab('singlehop.servers', $params)
        : ['SingleHop Servers List' => provisor_refusal()];
}

/** @param array<string, mixed> $params */
function singlehop_AdminServicesTabFieldsSave(array $params)
{
    if (provisor_refusal() === '') {
        Provisor\Entry::staffTabSave('singlehop.select', $params);
    }
}

/** @return list<string> */
function singlehop_ClientAreaAllowedFunctions()
{
    return provisor_refusal() === '' ? Provisor\Entry::clientFunctions('singlehop') : [];
}

/** @param array<string, mixed> $params */
function singlehop_ClientArea(array $params)
{
    return provisor_refusal() === '' ? Provisor\Entry::clientPage('singlehop.page', $params) : '';
}

/** @param array<string, mixed> $params */
function singlehop_page(array $params)
{
    return Provisor\Entry::clientAction('singlehop.page', 'singlehop.page', $params);
}

/** @param array<string, mixed> $params */
function singlehop_bandwidth_csv(array $params)
{
    return Provisor\Entry::clientAction('singlehop.bandwidth_csv', 'singlehop.page', $params);
}

/** @param array<string, mixed> $params */
function singlehop_reboot(array $params)
{
    return Provisor\Entry::clientAction('singlehop.reboot', 'singlehop.page', $params);
}
