<?php

/** logModuleCall and logActivity. Follows whmcs-contract.md 1.17 (masking, ModuleDebugMode) and 3.10 (LogActivity). */

declare(strict_types=1);

use StandIn\Clock;
use StandIn\Modules\HookList;
use StandIn\Settings;
use WHMCS\Database\Capsule;

/**
 * @param string|array<mixed> $request
 * @param string|array<mixed> $response
 * @param string|array<mixed> $processed
 * @param list<string> $replaceVars
 */
function logModuleCall(
    string $module,
    string $action,
    string|array $request,
    string|array $response,
    string|array $processed = '',
    array $replaceVars = []
): void {
    if (Settings::get('ModuleDebugMode') !== 'on') {
        return;
    }
    $text = static function (string|array $value) use ($replaceVars): string {
        $value = is_array($value) ? print_r($value, true) : $value;
        foreach ($replaceVars as $secret) {
            if ((string) $secret === '') {
                trigger_error('logModuleCall got an empty text to mask; WHMCS would corrupt the entry', E_USER_WARNING);
                continue;
            }
            $value = str_replace((string) $secret, str_repeat('*', strlen((string) $secret)), $value);
        }
        return $value;
    };
    Capsule::table('tblmodulelog')->insert(['date' => Clock::stamp(), 'module' => $module, 'action' => $action,
        'request' => $text($request), 'response' => $text($response), 'arrdata' => $text($processed)]);
}

function logActivity(string $message, int $clientId = 0): void
{
    $adminId = (int) ($_SESSION['adminid'] ?? 0);
    $user = $adminId > 0 ? 'admin' : 'System';
    Capsule::table('tblactivitylog')->insert(['date' => Clock::stamp(), 'description' => $message, 'user' => $user,
        'userid' => $clientId, 'admin_id' => $adminId, 'ipaddr' => $_SERVER['REMOTE_ADDR'] ?? '127.0.0.1']);
    HookList::run('LogActivity', ['description' => $message, 'user' => $user, 'userid' => $clientId,
        'ipaddress' => $_SERVER['REMOTE_ADDR'] ?? '127.0.0.1']);
}
