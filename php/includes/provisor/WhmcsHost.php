<?php

declare(strict_types=1);

namespace Provisor;

use Provisor\WhmcsHost\{Clients, Database, Invoices, Mail, Records, Rows, Tables};

/**
 * Answers the ops of the core with what WHMCS has. This class and those under WhmcsHost/ are the only ones that name
 * WHMCS's tables or its local API; what each op means stands in the core's src/host/op.rs.
 *
 * Our own tables are read and written over a connection of our own; everything of WHMCS's goes over WHMCS's.
 */
final class WhmcsHost
{
    private readonly Database $database;
    private readonly Tables $tables;

    /** @param bool $readsOnly for pages: no connection of our own is opened, and nothing can be written */
    public function __construct(bool $readsOnly = false)
    {
        $this->database = $readsOnly ? new Database(true) : Database::ours();
        $this->tables = new Tables($this->database);
    }

    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     * @throws \Throwable which `explain` turns into an error reply
     */
    public function answer(string $op, array $args): array
    {
        return match ($op) {
            'tables.ensure' => $this->tables->ensure($args),
            'rows.read' => (new Rows($this->database, $this->tables))->read($args),
            'apply' => (new Rows($this->database, $this->tables))->apply($args),
            'host.settings' => Records::settings(),
            'server.get' => ['server' => Records::server($args['id'])],
            'service.get' => ['service' => Records::service($args['id'])],
            'service.fields' => Records::setFields($args),
            'client.get' => ['client' => Clients::get($args['id'])],
            'client.services' => ['services' => Clients::services($args['client_id'], $args['module'])],
            'client.field' => Clients::field($args),
            'order.get' => ['order' => Clients::order($args['id'])],
            'invoice.find' => Invoices::find($args),
            'invoice.lines' => Invoices::withLine($args),
            'invoice.get' => ['invoice' => Invoices::get($args['id'])],
            'invoice.draft' => Invoices::draft($args),
            'invoice.publish' => Invoices::publish($args),
            'invoice.notes' => Invoices::setNotes($args),
            'credit.add' => Invoices::addCredit($args),
            'mail.send' => Mail::send($args),
            default => throw new HostError('host.op', "This release does not know the op $op. Copy all files of one"
                . ' release again and restart PHP-FPM.'),
        };
    }

    /** The database's clock, for leases; null after ops that do not touch our tables. */
    public function clock(string $op): ?string
    {
        return in_array($op, ['tables.ensure', 'rows.read', 'apply'], true) ? $this->database->clock() : null;
    }

    /**
     * Code and message of an error reply. Errors of the database keep names of tables and columns and never values.
     *
     * @return array{string, string}
     */
    public static function explain(\Throwable $e): array
    {
        if ($e instanceof HostError) {
            return [$e->problem, $e->getMessage()];
        }
        for ($cause = $e; $cause !== null; $cause = $cause->getPrevious()) {
            if ($cause instanceof \PDOException) {
                return ['host.database', Database::describe($cause)];
            }
        }
        return ['host.php', 'The PHP side failed: ' . Job::place($e) . '.'];
    }

    /**
     * Runs a command of WHMCS's local API.
     *
     * @param array<string, mixed> $fields
     * @return array<string, mixed>
     */
    public static function api(string $command, array $fields): array
    {
        $result = localAPI($command, $fields);
        // Some commands of some versions answer with `status` where others say `result`.
        if (($result['result'] ?? $result['status'] ?? '') === 'error' || !is_array($result)) {
            $said = is_array($result) ? (string) ($result['message'] ?? '') : '';
            throw new HostError('host.api', "WHMCS refused $command: " . ($said === '' ? 'it gave no reason.' : $said));
        }
        return $result;
    }

    /** Text as people wrote it: WHMCS stores it HTML-encoded. */
    public static function plain(mixed $text): string
    {
        return html_entity_decode((string) $text, ENT_QUOTES | ENT_HTML5, 'UTF-8');
    }

    /** Text as WHMCS stores it: what `plain` reads back. */
    public static function encoded(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }

    /** A date as `YYYY-MM-DD`; '' for none and for zero dates. */
    public static function date(mixed $date): string
    {
        $date = substr((string) $date, 0, 10);
        return str_starts_with($date, '0000') ? '' : $date;
    }
}
