<?php

/**
 * Helpers of includes/modulefunctions.php and mail. Follows whmcs-contract.md 4.5. The result of the
 * server*account functions is the module's: 'success' or a message.
 */

declare(strict_types=1);

use StandIn\Mail\Mailer;
use StandIn\Modules\Params;
use StandIn\Modules\Runner;

/** @return array<string, mixed> */
function ModuleBuildParams(int|string $serviceId): array
{
    return Params::forService((int) $serviceId);
}

function servercreateaccount(int|string $serviceId): string
{
    return Runner::run((int) $serviceId, 'create', false);
}

function serversuspendaccount(int|string $serviceId, string $reason = ''): string
{
    return Runner::run((int) $serviceId, 'suspend', false, ['suspendreason' => $reason]);
}

function serverunsuspendaccount(int|string $serviceId): string
{
    return Runner::run((int) $serviceId, 'unsuspend', false);
}

function serverterminateaccount(int|string $serviceId): string
{
    return Runner::run((int) $serviceId, 'terminate', false);
}

/** @param array<string, mixed> $vars */
function sendMessage(string $templateName, int|string $relid, array $vars = []): bool
{
    return Mailer::send($templateName, (int) $relid, $vars) === '';
}
