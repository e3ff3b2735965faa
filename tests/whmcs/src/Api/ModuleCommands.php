<?php

/** Module* and GetModuleQueue. Follows whmcs-contract.md 4.4: the result only, the module's message on failure. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Modules\Runner;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class ModuleCommands
{
    /** @return array<string, mixed> */
    public static function ModuleCreate(Input $in): array
    {
        return self::run($in, 'create');
    }

    /** @return array<string, mixed> */
    public static function ModuleSuspend(Input $in): array
    {
        return self::run($in, 'suspend', ['suspendreason' => $in->text('suspendreason')]);
    }

    /** @return array<string, mixed> */
    public static function ModuleUnsuspend(Input $in): array
    {
        return self::run($in, 'unsuspend');
    }

    /** @return array<string, mixed> */
    public static function ModuleTerminate(Input $in): array
    {
        return self::run($in, 'terminate');
    }

    /** @return array<string, mixed> */
    public static function ModuleChangePackage(Input $in): array
    {
        return self::run($in, 'upgrade');
    }

    /** @return array<string, mixed> */
    public static function ModuleChangePw(Input $in): array
    {
        return self::run($in, 'changepassword', ['newpassword' => $in->text('servicepassword')]);
    }

    /** @return array<string, mixed> */
    public static function ModuleCustom(Input $in): array
    {
        if ($in->text('func_name') === '') {
            throw new Refusal('Function Name Required');
        }
        $result = Runner::custom(self::serviceId($in), $in->text('func_name'), false);
        if ($result !== 'success') {
            throw new Refusal(is_string($result) ? $result : 'The module returned a page');
        }
        return [];
    }

    /**
     * @param array<string, mixed> $details
     * @return array<string, mixed>
     */
    private static function run(Input $in, string $action, array $details = []): array
    {
        $result = Runner::run(self::serviceId($in), $action, false, $details);
        if ($result !== 'success') {
            throw new Refusal($result);
        }
        return [];
    }

    private static function serviceId(Input $in): int
    {
        $id = $in->int($in->has('serviceid') ? 'serviceid' : 'accountid');
        if ($id === 0) {
            throw new Refusal('Service ID is required');
        }
        if (!Capsule::table('tblhosting')->where('id', $id)->exists()) {
            throw new Refusal('Service ID not found');
        }
        return $id;
    }

    /** @return array<string, mixed> */
    public static function GetModuleQueue(Input $in): array
    {
        $query = Capsule::table('tblmodulequeue')->where('completed', 0);
        $filters = ['relatedId' => 'service_id', 'serviceType' => 'service_type', 'moduleName' => 'module_name',
            'moduleAction' => 'module_action'];
        foreach ($filters as $name => $column) {
            if ($in->has($name)) {
                $query->where($column, $in->text($name));
            }
        }
        if ($in->has('since')) {
            $query->where('last_attempt', '>=', $in->text('since'));
        }
        $rows = $query->orderBy('id')->get();
        return ['count' => $rows->count(), 'queue' => $rows->map(static fn (object $row): array => [
            'id' => (int) $row->id, 'serviceType' => $row->service_type, 'serviceId' => (int) $row->service_id,
            'moduleName' => $row->module_name, 'moduleAction' => $row->module_action,
            'lastAttempt' => $row->last_attempt, 'lastAttemptError' => $row->last_attempt_error,
            'numRetries' => (int) $row->num_retries, 'completed' => (int) $row->completed,
            'createdAt' => $row->created_at, 'updatedAt' => $row->updated_at,
        ])->all()];
    }
}
