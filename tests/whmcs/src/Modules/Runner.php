<?php

/**
 * Runs one module action on one service: hooks, function, result, new state, queue. Follows whmcs-contract.md 1.8
 * (results and order), 3.2 (hooks). Guessed there and here: that the status change and the welcome e-mail come before
 * the After hook. An exception of the module is not caught: as in WHMCS it ends the handling of that item.
 */

declare(strict_types=1);

namespace StandIn\Modules;

use StandIn\Clock;
use StandIn\Crypt;
use StandIn\Mail\Mailer;
use StandIn\Nasty\OuterTransaction;
use WHMCS\Database\Capsule;

final class Runner
{
    /** action => [function, hook suffix, state after success] */
    private const ACTIONS = [
        'create' => ['CreateAccount', 'Create', 'Active'],
        'suspend' => ['SuspendAccount', 'Suspend', 'Suspended'],
        'unsuspend' => ['UnsuspendAccount', 'Unsuspend', 'Active'],
        'terminate' => ['TerminateAccount', 'Terminate', 'Terminated'],
        'renew' => ['Renew', 'Renew', null],
        'changepassword' => ['ChangePassword', 'ChangePassword', null],
        'upgrade' => ['ChangePackage', 'ChangePackage', null],
    ];

    /** @return list<string> */
    public static function actions(): array
    {
        return array_keys(self::ACTIONS);
    }

    /**
     * @param array<string, mixed> $details suspendreason, newpassword
     * @return string 'success' or the message
     */
    public static function run(int $serviceId, string $action, bool $automatic, array $details = []): string
    {
        return OuterTransaction::around(static fn (): string => self::act($serviceId, $action, $automatic, $details));
    }

    /** @param array<string, mixed> $details */
    private static function act(int $serviceId, string $action, bool $automatic, array $details): string
    {
        [$function, $hook] = self::ACTIONS[$action];
        $module = self::moduleOf($serviceId);
        if ($module === '') {
            return 'Service ID Not Assigned to a Module';
        }
        Loader::load($module);
        if (!Loader::has($module, $function)) {
            return $action === 'renew' ? 'success' : "Function Not Supported by Module: {$module}_{$function}";
        }
        if ($action === 'create') {
            self::fillCredentials($serviceId);
        }
        $before = Params::forService($serviceId, $action);
        if ($action === 'changepassword') {
            $before['password'] = $details['newpassword'];
        }
        if ($action === 'suspend') {
            $before['suspendreason'] = (string) ($details['suspendreason'] ?? '');
        }
        $params = self::preHooks("PreModule$hook", $before);
        $result = $params === null
            ? 'Action aborted by a hook'
            : Loader::call($module, $function, $params);
        if ($result === 'success') {
            self::succeeded($serviceId, $action, $details);
            self::afterHook($hook, $serviceId, $params, $before);
            logActivity("Module $hook Successful - Service ID: $serviceId", $params['userid']);
            return 'success';
        }
        $message = is_string($result) && $result !== '' ? $result : 'The module returned no answer';
        logActivity("Module $hook Failed - Service ID: $serviceId - Error: $message", $before['userid']);
        HookList::run(
            "AfterModule{$hook}Failed",
            ['params' => $params ?? $before, 'failureResponseMessage' => $message]
        );
        if ($automatic) {
            Queue::failed($serviceId, $module, $function, $message);
        }
        return $message;
    }

    public static function moduleOf(int $serviceId): string
    {
        $module = Capsule::table('tblhosting as h')->join('tblproducts as p', 'p.id', '=', 'h.packageid')
            ->where('h.id', $serviceId)->value('p.servertype');
        if ($module === null) {
            throw new \StandIn\Refusal('Service ID Not Found');
        }
        return (string) $module;
    }

    /**
     * whmcs-contract.md 3.2: a returned map overrides params, abortcmd aborts.
     *
     * @param array<string, mixed> $params
     * @return array<string, mixed>|null
     */
    private static function preHooks(string $point, array $params): ?array
    {
        foreach (HookList::run($point, ['params' => $params]) as $return) {
            if (!is_array($return)) {
                continue;
            }
            if (!empty($return['abortcmd'])) {
                return null;
            }
            $params = $return + $params;
        }
        return $params;
    }

    /** whmcs-contract.md 1.4 and 1.8: first user name from the domain, ten characters of password, once. */
    private static function fillCredentials(int $serviceId): void
    {
        $service = Capsule::table('tblhosting')->find($serviceId);
        $changes = [];
        if ((string) $service->username === '') {
            $given = HookList::run('OverrideModuleUsernameGeneration', ['params' => Params::forService($serviceId)]);
            $changes['username'] = $given === []
                ? substr((string) preg_replace('/[^a-z0-9]/', '', strtolower((string) $service->domain)), 0, 8)
                : (string) end($given);
        }
        if (Crypt::decrypt((string) $service->password) === '') {
            $changes['password'] = Crypt::encrypt(self::newPassword());
        }
        if ($changes !== []) {
            Capsule::table('tblhosting')->where('id', $serviceId)->update($changes);
        }
    }

    private static function newPassword(): string
    {
        do {
            $password = substr(str_replace(['+', '/', '='], '', base64_encode(random_bytes(30))), 0, 10);
        } while (preg_match('/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{10}$/', $password) !== 1);
        return $password;
    }

    /** @param array<string, mixed> $details */
    private static function succeeded(int $serviceId, string $action, array $details): void
    {
        $changes = [];
        $state = self::ACTIONS[$action][2];
        if ($state !== null) {
            $changes['domainstatus'] = $state;
        }
        if ($action === 'suspend') {
            $changes['suspendreason'] = (string) ($details['suspendreason'] ?? '');
        }
        if ($action === 'unsuspend') {
            $changes['suspendreason'] = '';
        }
        if ($action === 'terminate') {
            $changes['termination_date'] = Clock::today();
        }
        if ($action === 'changepassword') {
            $changes['password'] = Crypt::fromForm((string) $details['newpassword']);
        }
        if ($changes !== []) {
            Capsule::table('tblhosting')->where('id', $serviceId)->update($changes);
        }
        if ($action === 'create') {
            self::welcome($serviceId);
        }
        if ($action === 'suspend') {
            Mailer::send('Service Suspension Notification', $serviceId);
        }
    }

    private static function welcome(int $serviceId): void
    {
        $template = Capsule::table('tblhosting as h')->join('tblproducts as p', 'p.id', '=', 'h.packageid')
            ->join('tblemailtemplates as t', 't.id', '=', 'p.welcomeemail')
            ->where('h.id', $serviceId)->value('t.name');
        if ($template !== null) {
            Mailer::send((string) $template, $serviceId);
        }
    }

    /**
     * whmcs-contract.md 3.2: AfterModuleChangePassword has its own arguments, and Renew has no After hook.
     *
     * @param array<string, mixed> $params
     * @param array<string, mixed> $before
     */
    private static function afterHook(string $hook, int $serviceId, array $params, array $before): void
    {
        if ($hook === 'ChangePassword') {
            $vars = ['serviceid' => $serviceId, 'oldpassword' => Params::forService($serviceId)['password'],
                'newpassword' => $before['password']];
            HookList::run('AfterModuleChangePassword', $vars);
        } elseif ($hook !== 'Renew') {
            HookList::run("AfterModule$hook", ['params' => $params]);
        }
    }

    /**
     * A custom function of the module. Follows whmcs-contract.md 1.9: staff may call any, clients only the listed ones.
     *
     * @return mixed 'success', a message, or the array of a page
     */
    public static function custom(int $serviceId, string $function, bool $byClient): mixed
    {
        $module = self::moduleOf($serviceId);
        Loader::load($module);
        $params = Params::forService($serviceId, $function);
        if ($byClient) {
            $listed = [...array_values((array) Loader::call($module, 'ClientAreaCustomButtonArray', $params)),
                ...array_values((array) Loader::call($module, 'ClientAreaAllowedFunctions', $params))];
            if (!in_array($function, $listed, true)) {
                return 'Permission denied';
            }
        }
        if (!Loader::has($module, $function)) {
            return "Function Not Supported by Module: {$module}_{$function}";
        }
        $params = self::preHooks('PreModuleCustom', $params);
        if ($params === null) {
            return 'Action aborted by a hook';
        }
        $result = OuterTransaction::around(static fn () => Loader::call($module, $function, $params));
        if ($result === 'success' || is_array($result)) {
            HookList::run('AfterModuleCustom', ['params' => $params]);
        } else {
            HookList::run('AfterModuleCustomFailed', ['params' => $params, 'failureResponseMessage' => $result]);
        }
        return $result;
    }
}
