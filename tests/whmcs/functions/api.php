<?php

/** The internal API. Follows whmcs-contract.md 4.1. */

declare(strict_types=1);

/**
 * @param array<string, mixed> $postData
 * @return array<string, mixed>
 */
function localAPI(string $command, array $postData = [], string $adminUsername = ''): array
{
    return StandIn\Api\Dispatcher::call($command, $postData);
}
