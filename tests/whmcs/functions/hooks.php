<?php

/** Global hook functions. Follows whmcs-contract.md 3.1. */

declare(strict_types=1);

use StandIn\Modules\HookList;

function add_hook(string $hookPoint, int $priority, callable|string $function, string $rollback = ''): void
{
    HookList::add($hookPoint, $priority, $function);
}

/** @return list<mixed> */
function run_hook(string $name, mixed $args): array
{
    return HookList::run($name, $args);
}
