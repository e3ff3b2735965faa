<?php

/**
 * Creates the tables that Tables.php lists, on MariaDB and on SQLite.
 *
 * A column is "name:type". Types: int, tiny, text, str (varchar 191), strN, date and datetime (zero date as "none",
 * whmcs-contract.md 5.1), date? and datetime? (NULL as "none"), decP.S (decimal). SQLite knows no decimals: triggers
 * round to the scale, so that a price of 0.00201 in a decimal(6,4) column is 0.0020 on both.
 */

declare(strict_types=1);

namespace StandIn\Schema;

use Illuminate\Database\Schema\Blueprint;
use StandIn\Database;
use WHMCS\Database\Capsule;

final class Builder
{
    public static function createAll(): void
    {
        // One transaction where DDL knows transactions: fifty commits less.
        Database::isSqlite() ? Capsule::connection()->beginTransaction() : null;
        foreach (Tables::ALL as $name => $columns) {
            if (!Capsule::schema()->hasTable($name)) {
                self::create($name, preg_split('/\s+/', trim($columns)) ?: []);
            }
        }
        Database::isSqlite() ? Capsule::connection()->commit() : null;
    }

    /** @param list<string> $columns */
    private static function create(string $table, array $columns): void
    {
        $decimals = [];
        Capsule::schema()->create($table, function (Blueprint $blueprint) use ($columns, &$decimals): void {
            $blueprint->increments('id');
            foreach ($columns as $column) {
                if (str_starts_with($column, 'index(')) {
                    $blueprint->index(explode(',', substr($column, 6, -1)));
                    continue;
                }
                if (str_starts_with($column, 'unique(')) {
                    $blueprint->unique(explode(',', substr($column, 7, -1)));
                    continue;
                }
                [$name, $type] = explode(':', $column);
                self::column($blueprint, $name, $type);
                if (preg_match('/^dec\d+\.(\d+)$/', $type, $scale) === 1) {
                    $decimals[$name] = (int) $scale[1];
                }
            }
        });
        if (Database::isSqlite()) {
            self::roundOnSqlite($table, $decimals);
        }
    }

    private static function column(Blueprint $blueprint, string $name, string $type): void
    {
        if (preg_match('/^dec(\d+)\.(\d+)$/', $type, $size) === 1) {
            $blueprint->decimal($name, (int) $size[1], (int) $size[2])->default(0);
            return;
        }
        if (preg_match('/^str(\d*)$/', $type, $size) === 1) {
            $blueprint->string($name, $size[1] === '' ? 191 : (int) $size[1])->default('');
            return;
        }
        match ($type) {
            'int' => $blueprint->integer($name)->default(0),
            'int?' => $blueprint->integer($name)->nullable(),
            'tiny' => $blueprint->tinyInteger($name)->default(0),
            'text' => $blueprint->text($name)->default(''),
            'long' => $blueprint->longText($name)->default(''),
            'date' => $blueprint->date($name)->default('0000-00-00'),
            'date?' => $blueprint->date($name)->nullable(),
            'datetime' => $blueprint->dateTime($name)->default('0000-00-00 00:00:00'),
            'datetime?' => $blueprint->dateTime($name)->nullable(),
            default => throw new \LogicException("no column type $type"),
        };
    }

    /** @param array<string, int> $decimals column => scale */
    private static function roundOnSqlite(string $table, array $decimals): void
    {
        if ($decimals === []) {
            return;
        }
        $sets = [];
        foreach ($decimals as $name => $scale) {
            $sets[] = "\"$name\" = round(NEW.\"$name\", $scale)";
        }
        $set = implode(', ', $sets);
        foreach (['INSERT', 'UPDATE'] as $event) {
            Capsule::connection()->unprepared(
                "CREATE TRIGGER {$table}_round_$event AFTER $event ON $table "
                . "BEGIN UPDATE $table SET $set WHERE id = NEW.id; END"
            );
        }
    }
}
