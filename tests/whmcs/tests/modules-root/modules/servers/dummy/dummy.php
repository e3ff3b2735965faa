<?php

/** A server module that keeps what it is called with, for the stand-in's own tests only. */

declare(strict_types=1);

use WHMCS\Database\Capsule;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** @param array<string, mixed> $params */
function dummy_record(string $function, array $params): void
{
    unset($params['model']);
    if (!Capsule::schema()->hasTable('mod_dummy_calls')) {
        Capsule::schema()->create('mod_dummy_calls', static function ($table): void {
            $table->increments('id');
            $table->string('function');
            $table->longText('params');
        });
    }
    Capsule::table('mod_dummy_calls')->insert(['function' => $function, 'params' => json_encode($params)]);
}

/** @param array<string, mixed> $params what it answers is said by configoption1 */
function dummy_answer(string $function, array $params): ?string
{
    dummy_record($function, $params);
    $wish = $params['configoption1'];
    if ($wish === 'print') {
        echo 'some output';
    }
    if ($wish === 'throw') {
        throw new RuntimeException('the dummy fell over');
    }
    return ['fail' => 'the panel said no', 'nothing' => null][$wish] ?? ($wish === 'nothing' ? null : 'success');
}

function dummy_MetaData(): array
{
    return ['DisplayName' => 'Dummy', 'APIVersion' => '1.1', 'DefaultNonSSLPort' => '80', 'DefaultSSLPort' => '443'];
}

function dummy_ConfigOptions(array $params): array
{
    return [
        'wish' => ['FriendlyName' => 'Wish', 'Type' => 'dropdown', 'Options' => ',fail,nothing,throw,print'],
        'json' => ['FriendlyName' => 'Json', 'Type' => 'textarea'],
    ];
}

function dummy_CreateAccount(array $params): ?string
{
    return dummy_answer('CreateAccount', $params);
}

function dummy_SuspendAccount(array $params): ?string
{
    return dummy_answer('SuspendAccount', $params);
}

function dummy_UnsuspendAccount(array $params): ?string
{
    return dummy_answer('UnsuspendAccount', $params);
}

function dummy_TerminateAccount(array $params): ?string
{
    return dummy_answer('TerminateAccount', $params);
}

function dummy_Renew(array $params): ?string
{
    return dummy_answer('Renew', $params);
}

function dummy_ChangePackage(array $params): ?string
{
    return dummy_answer('ChangePackage', $params);
}

function dummy_ChangePassword(array $params): ?string
{
    return dummy_answer('ChangePassword', $params);
}

function dummy_TestConnection(array $params): array
{
    dummy_record('TestConnection', $params);
    return ['success' => $params['serverpassword'] === 'right', 'error' => 'wrong password'];
}

function dummy_UsageUpdate(array $params): void
{
    dummy_record('UsageUpdate', $params);
}

function dummy_ClientArea(array $params): array
{
    return ['templatefile' => 'clientarea', 'vars' => ['seen' => $params['domain']]];
}

function dummy_ClientAreaCustomButtonArray(): array
{
    return ['Reboot' => 'reboot'];
}

function dummy_reboot(array $params): ?string
{
    return dummy_answer('reboot', $params);
}

function dummy_hidden(array $params): string
{
    return 'success';
}
