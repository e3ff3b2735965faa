<?php

/**
 * The hazard outer_transaction: module work runs inside a transaction of the host, which is committed or, with the
 * value "rollback", rolled back afterwards (whmcs-contract.md 1.17 and 4.1 know such hosts).
 */

declare(strict_types=1);

namespace StandIn\Nasty;

use WHMCS\Database\Capsule;

final class OuterTransaction
{
    /**
     * @template T
     * @param callable(): T $work
     * @return T
     */
    public static function around(callable $work): mixed
    {
        $switches = Switches::here();
        if (!$switches->isOn('outer_transaction')) {
            return $work();
        }
        $connection = Capsule::connection();
        $connection->beginTransaction();
        try {
            return $work();
        } finally {
            // DDL inside may have committed already; then PHP knows of no transaction and there is nothing to end.
            $open = $connection->getPdo()->inTransaction();
            if ($open && $switches->get('outer_transaction') === 'rollback') {
                $connection->rollBack();
            } elseif ($open) {
                $connection->commit();
            } else {
                $connection->setPdo($connection->getPdo());
            }
        }
    }
}
