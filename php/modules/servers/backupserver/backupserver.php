<?php

/**
 * Backup Server accounts: WHMCS's entry functions. Each hands its parameters to a job of the core and its answer back.
 * A white label is made from this file by `provisor whitelabel`.
 *
 * This file stays readable for PHP 7, so that an old PHP shows a sentence instead of a parse error.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

/** @return array<string, mixed> */
function backupserver_MetaData()
{
    return ['DisplayName' => 'Backup Server', 'APIVersion' => '1.1', 'RequiresServer' => false];
}

/**
 * The 23 fields, in their places: the position is where WHMCS stores a setting. Slot 24 is free.
 *
 * @return array<string, array<string, mixed>>
 */
function backupserver_ConfigOptions()
{
    if (provisor_refusal() === '') {
        return array_slice(Provisor\Entry::settings('backupserver.settings'), 0, 23);
    }
    $slots = [];
    for ($n = 1; $n <= 23; $n++) {
        $slots["option$n"] = [
            'FriendlyName' => "Option $n",
            'Type' => $n === 5 ? 'password' : 'text',
            'Size' => '40',
            'Description' => $n === 1 ? provisor_refusal() : '',
        ];
    }
    return $slots;
}

/** @param array<string, mixed> $params */
function backupserver_CreateAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('backupserver.create', $params);
}

/** @param array<string, mixed> $params */
function backupserver_SuspendAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('backupserver.suspend', $params);
}

/** @param array<string, mixed> $params */
function backupserver_UnsuspendAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('backupserver.unsuspend', $params);
}

/** @param array<string, mixed> $params */
function backupserver_TerminateAccount(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('backupserver.terminate', $params);
}

/** @param array<string, mixed> $params */
function backupserver_ChangePackage(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('backupserver.change_package', $params);
}

/** @return array<string, string> */
function backupserver_AdminCustomButtonArray()
{
    return provisor_refusal() !== '' ? [] : Provisor\Entry::staffButtons('backupserver', [
        'staff.test' => 'test_connection',
        'staff.refresh_pass_key' => 'refresh_pass_key',
        'staff.forget_account' => 'forget_account',
        'staff.take_over_account' => 'take_over_account',
    ]);
}

/** @param array<string, mixed> $params */
function backupserver_test_connection(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('backupserver.test_connection', $params);
}

/** @param array<string, mixed> $params */
function backupserver_refresh_pass_key(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('backupserver.refresh_pass_key', $params);
}

/** @param array<string, mixed> $params */
function backupserver_forget_account(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('backupserver.forget_account', $params);
}

/** @param array<string, mixed> $params */
function backupserver_take_over_account(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('backupserver.take_over_account', $params);
}

/** @param array<string, mixed> $params */
function backupserver_AdminServicesTabFields(array $params)
{
    return provisor_refusal() === ''
        ? Provisor\Entry::staffTab('backupserver.page', $params)
        : ['State' => provisor_refusal()];
}

/** @return list<string> */
function backupserver_ClientAreaAllowedFunctions()
{
    return provisor_refusal() === '' ? Provisor\Entry::clientFunctions('backupserver') : [];
}

/** @param array<string, mixed> $params */
function backupserver_ClientArea(array $params)
{
    return provisor_refusal() === '' ? Provisor\Entry::clientPage('backupserver.page', $params) : '';
}

/** @param array<string, mixed> $params */
function backupserver_page(array $params)
{
    return Provisor\Entry::clientAction('backupserver.page', 'backupserver.page', $params);
}

/** @param array<string, mixed> $params */
function backupserver_pass_key(array $params)
{
    return Provisor\Entry::clientAction('backupserver.pass_key', 'backupserver.page', $params);
}
