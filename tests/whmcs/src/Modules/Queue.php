<?php

/**
 * The module queue. Follows whmcs-contract.md 1.8: failed automatic actions wait there; WHMCS repeats nothing by
 * itself, staff press Retry; an e-mail tells the administrator.
 */

declare(strict_types=1);

namespace StandIn\Modules;

use StandIn\Clock;
use StandIn\Mail\Mailer;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class Queue
{
    private const ACTIONS = ['CreateAccount' => 'create', 'SuspendAccount' => 'suspend',
        'UnsuspendAccount' => 'unsuspend', 'TerminateAccount' => 'terminate', 'Renew' => 'renew',
        'ChangePassword' => 'changepassword', 'ChangePackage' => 'upgrade'];

    public static function failed(int $serviceId, string $module, string $function, string $message): void
    {
        $open = Capsule::table('tblmodulequeue')->where('service_type', 'service')->where('service_id', $serviceId)
            ->where('module_action', $function)->where('completed', 0);
        $values = ['last_attempt' => Clock::stamp(), 'last_attempt_error' => $message, 'updated_at' => Clock::stamp()];
        $row = $open->first();
        if ($row === null) {
            Capsule::table('tblmodulequeue')->insert($values + ['service_type' => 'service',
                'service_id' => $serviceId, 'module_name' => $module, 'module_action' => $function,
                'created_at' => Clock::stamp()]);
        } else {
            $open->update($values + ['num_retries' => (int) $row->num_retries + 1]);
        }
        Mailer::toAdmins('Service Automation Failure', "$function of service $serviceId failed: $message");
    }

    /** Staff press Retry. @return string 'success' or the message */
    public static function retry(int $queueId): string
    {
        $row = Capsule::table('tblmodulequeue')->where('completed', 0)->find($queueId);
        if ($row === null) {
            throw new Refusal("no open item $queueId in the module queue");
        }
        $result = Runner::run((int) $row->service_id, self::ACTIONS[$row->module_action], true);
        if ($result === 'success') {
            Capsule::table('tblmodulequeue')->where('id', $queueId)
                ->update(['completed' => 1, 'last_attempt' => Clock::stamp(), 'updated_at' => Clock::stamp()]);
        }
        return $result;
    }
}
