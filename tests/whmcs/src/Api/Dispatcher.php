<?php

/**
 * localAPI: finds the command and shapes the answer. Follows whmcs-contract.md 4.1: names are case-insensitive,
 * refusals are result=error with a message, everything runs in the caller's request on the same connection.
 */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Refusal;

final class Dispatcher
{
    private const GROUPS = [InvoiceCommands::class, MoneyCommands::class, ClientCommands::class,
        ServiceCommands::class, ModuleCommands::class, OrderCommands::class, SystemCommands::class];

    /**
     * @param array<string, mixed> $data
     * @return array<string, mixed>
     */
    public static function call(string $command, array $data): array
    {
        foreach (self::GROUPS as $group) {
            foreach (get_class_methods($group) as $method) {
                if (strcasecmp($method, $command) === 0) {
                    try {
                        return ['result' => 'success'] + $group::$method(new Input($data));
                    } catch (Refusal $refusal) {
                        return ['result' => 'error', 'message' => $refusal->getMessage()];
                    }
                }
            }
        }
        return ['result' => 'error', 'message' => 'Command Not Found'];
    }

    /** @return list<string> */
    public static function commands(): array
    {
        return array_merge(...array_map('get_class_methods', self::GROUPS));
    }
}
