<?php

/**
 * The hazards that may be switched on, and their values. They live in a table of their own small database
 * (storage/nasty.sqlite), so that a count is spent for good even when the host's transaction is rolled back or the
 * process is killed. Follows whmcs-contract.md 10 ("Simulate") and 1.8, 1.17, 3.5, 4.2.
 */

declare(strict_types=1);

namespace StandIn\Nasty;

use PDO;
use StandIn\Refusal;

final class Switches
{
    /** name => what it does */
    public const ALL = [
        'createinvoice_dies' => 'N: the next N CreateInvoice calls store the invoice, then kill their process',
        'createinvoice_dies_before' => 'N: the next N CreateInvoice calls kill their process before they store',
        'createinvoice_dies_midway' => 'N: the next N CreateInvoice calls store the invoice and not yet its lines, then'
            . ' kill their process',
        'createinvoice_sleeps' => 'MS: CreateInvoice stores, then sleeps that many milliseconds before it answers',
        'createinvoice_sleeps_before' => 'MS: CreateInvoice sleeps that many milliseconds before it stores',
        'publish_dies' => 'N: the next N publishing UpdateInvoice calls publish, then kill their process',
        'publish_hooks_start_jobs' => 'on|N: publishing runs hooks that start module jobs (at most N times)',
        'outer_transaction' => 'on|rollback: module calls run inside an open transaction, committed or rolled back',
        'ddl_hook' => 'on: invoice, module and log hooks run DDL (MariaDB commits what was open)',
        'strict_mode' => 'on: the database session is strict (WHMCS itself relies on a non-strict one)',
        'immutable_invoices' => 'on: WHMCS 9.0, invoices outside Draft refuse changes of lines and amounts',
        'duplicate_daily' => 'on: the daily tasks run on every cron, also when two crons run at once',
        'hooks_throw' => 'on: the hooks InvoiceCreated and AfterModuleCreate throw',
    ];

    private PDO $database;

    public function __construct(string $root)
    {
        $this->database = new PDO("sqlite:$root/storage/nasty.sqlite", null, null, [PDO::ATTR_TIMEOUT => 30]);
        $this->database->exec('CREATE TABLE IF NOT EXISTS nasty (name TEXT PRIMARY KEY, value TEXT NOT NULL)');
    }

    public static function here(): self
    {
        static $here = null;
        return $here ??= new self(ROOTDIR);
    }

    public function set(string $name, string $value): void
    {
        if (!isset(self::ALL[$name])) {
            throw new Refusal("there is no hazard \"$name\"; known: " . implode(', ', array_keys(self::ALL)));
        }
        $this->database->prepare('REPLACE INTO nasty (name, value) VALUES (?, ?)')->execute([$name, $value]);
    }

    public function get(string $name): string
    {
        $query = $this->database->prepare('SELECT value FROM nasty WHERE name = ?');
        $query->execute([$name]);
        return (string) ($query->fetchColumn() ?: '');
    }

    public function isOn(string $name): bool
    {
        return !in_array($this->get($name), ['', '0', 'off'], true);
    }

    /** Takes one of the counted uses: true while the count lasts ("on" lasts for ever). */
    public function spend(string $name): bool
    {
        if (!$this->isOn($name)) {
            return false;
        }
        if ($this->get($name) === 'on') {
            return true;
        }
        $query = $this->database->prepare(
            'UPDATE nasty SET value = CAST(value AS INTEGER) - 1 WHERE name = ? AND CAST(value AS INTEGER) > 0'
        );
        $query->execute([$name]);
        return $query->rowCount() === 1;
    }

    public function dieIf(string $name): void
    {
        if ($this->spend($name)) {
            posix_kill(posix_getpid(), SIGKILL);
        }
    }

    public function sleepIf(string $name): void
    {
        if ($this->isOn($name)) {
            usleep((int) $this->get($name) * 1000);
        }
    }
}
