<?php

declare(strict_types=1);

namespace Provisor;

/**
 * What WHMCS's entry functions have in common: they never throw, never print, and answer in WHMCS's own shapes. Staff
 * see the failure's sentences; clients see one sentence without internals.
 */
final class Entry
{
    /** Lists of a report, and the words before each of their items. */
    private const LISTS = [
        'invoices' => 'invoice', 'unbilled' => 'no invoice for', 'planned' => 'would bill',
        'missed' => 'ended before the take-over:',
        'taking_over' => 'will take over', 'refused' => 'cannot be taken over:',
        'left' => 'left as it is:',
        'servers' => 'cannot be used as it is entered:',
    ];

    /**
     * One of the core actions on a service.
     *
     * @param array<string, mixed> $params
     * @return string 'success', or what failed, what was left unchanged, what to do next
     */
    public static function verb(string $job, array $params): string
    {
        try {
            Job::run($job, Params::service($params));
            return 'success';
        } catch (\Throwable $e) {
            return self::sentence($e);
        }
    }

    /**
     * @param array<string, mixed> $params
     * @return array<string, mixed>
     */
    public static function testConnection(string $job, array $params): array
    {
        try {
            Job::run($job, Params::server($params));
            return ['success' => true, 'error' => ''];
        } catch (\Throwable $e) {
            return ['success' => false, 'error' => self::sentence($e)];
        }
    }

    /**
     * The product settings: always 24 fields, because their position is where WHMCS stores them.
     *
     * @param bool $addon of a product add-on, whose stored values are elsewhere and in no list
     * @return array<string, array<string, mixed>>
     */
    public static function settings(string $job, bool $addon = false): array
    {
        try {
            $fields = Job::run($job, [])['fields'] ?? [];
            $notice = '';
        } catch (\Throwable $e) {
            $fields = [];
            $notice = self::html(self::sentence($e) . ' The stored settings are unchanged and can be edited as text.');
        }
        $slots = [];
        for ($i = 0; $i < 24; ++$i) {
            $field = $fields[$i] ?? [];
            $slots['option' . ($i + 1)] = array_filter([
                'FriendlyName' => self::html($field['name'] ?? 'Option ' . ($i + 1)),
                'Type' => $field['type'] ?? 'text',
                'Size' => $field['size'] ?? ($fields === [] ? '40' : ''),
                'Default' => $field['default'] ?? '',
                'Options' => $field['options'] ?? '',
                'Description' => $i === 0 && $notice !== '' ? $notice : self::html($field['description'] ?? ''),
            ], static fn (mixed $value) => $value !== '' && $value !== []);
        }
        $lists = array_column($fields, 'list');
        return $lists === [] || $addon ? $slots : Choices::add((string) strtok($job, '.'), $slots, $lists);
    }

    /**
     * What the product page of a client shows, from a job that answers with a page model.
     *
     * @param array<string, mixed> $params
     * @return array<string, mixed>
     */
    public static function clientPage(string $job, array $params): array
    {
        return Page::show($job, $params);
    }

    /**
     * A custom function that a client asks for; the page is shown again with what came of it.
     *
     * @param array<string, mixed> $params
     * @return array<string, mixed>
     */
    public static function clientAction(string $job, string $page, array $params): array
    {
        return Page::act($job, $page, $params);
    }

    /**
     * For ClientAreaAllowedFunctions: the actions that the module lists for clients.
     *
     * @return list<string>
     */
    public static function clientFunctions(string $module): array
    {
        try {
            $actions = Job::run("$module.actions", [], [], true)['actions'] ?? [];
        } catch (\Throwable) {
            return [];
        }
        return array_column(array_filter($actions, static fn (array $action) => $action['client']), 'name');
    }

    /**
     * For AdminCustomButtonArray: labels in the language of staff.
     *
     * @param array<string, string> $functions code of the label to the function's name without the module's
     * @param array<string, mixed>  $params
     * @return array<string, string>
     */
    public static function staffButtons(string $module, array $functions, array $params = []): array
    {
        $lang = Lang::of(['moduletype' => $module] + $params);
        $buttons = [];
        foreach ($functions as $code => $function) {
            $buttons[$lang->text($code)] = $function;
        }
        return $buttons;
    }

    /**
     * A custom function that staff ask for. WHMCS shows no more than that it worked; what it found out stands in the
     * service's tab.
     *
     * @param array<string, mixed> $params
     * @return string 'success' or what failed, as `verb`
     */
    public static function staffAction(string $job, array $params): string
    {
        try {
            $report = Job::run($job, Params::service($params, Caller::staff()), Settings::waiting('action'));
            Tab::tell($params, 'success', (string) ($report['message'] ?? ''), (string) ($report['go']['secret'] ?? ''));
            return 'success';
        } catch (\Throwable $e) {
            return self::sentence($e);
        }
    }

    /**
     * For AdminServicesTabFields.
     *
     * @param array<string, mixed> $params
     * @return array<string, string>
     */
    public static function staffTab(string $job, array $params): array
    {
        return Tab::show($job, $params);
    }

    /**
     * For AdminServicesTabFieldsSave.
     *
     * @param array<string, mixed> $params
     */
    public static function staffTabSave(string $job, array $params): void
    {
        Tab::save($job, $params);
    }

    /**
     * Runs jobs one after the other for a cron; a failed one does not keep the next from running.
     *
     * @param list<array{string, array<string, mixed>|\Closure}> $jobs name, and input or what makes it
     * @param callable(bool, string): void              $tell gets each result: good or not, and a line about it
     * @return bool all succeeded, in every item
     */
    public static function runAll(array $jobs, callable $tell): bool
    {
        $good = true;
        foreach ($jobs as [$job, $input]) {
            try {
                $report = Job::run($job, $input instanceof \Closure ? $input() : $input);
                $whole = (int) ($report['failed'] ?? 0) === 0;
                $good = $good && $whole;
                $tell($whole, "$job: " . ($report['message'] ?? 'done'));
                foreach ($report['log'] as $line) {
                    $tell(true, "$job: $line");
                }
                foreach (self::LISTS as $list => $words) {
                    foreach ($report[$list] ?? [] as $item) {
                        $tell(true, "$job: $words " . self::line($item));
                    }
                }
            } catch (\Throwable $e) {
                $good = false;
                $tell(false, "$job: " . self::sentence($e));
            }
        }
        return $good;
    }

    /**
     * An action hook of the host: the host's action goes on, whatever becomes of the job. What staff should know is in
     * the activity log.
     *
     * @param array<string, mixed> $input
     */
    public static function hook(string $job, array $input): void
    {
        try {
            Job::run($job, $input);
        } catch (\Throwable $e) {
            Journal::activity('Provisor: ' . self::sentence($e));
        }
    }

    /** A failure for staff. What is not ours to explain is named by its place only. */
    public static function sentence(\Throwable $e): string
    {
        return $e instanceof JobFailed
            ? $e->getMessage() . ($e->problem === '' ? '' : " ({$e->problem})")
            : 'The PHP side failed: ' . Job::place($e) . '. Nothing more was done.';
    }

    /** An item of a report on one line: its sentence, or `name value, name value` with inner lists as JSON. */
    private static function line(mixed $item): string
    {
        if (!is_array($item)) {
            return (string) $item;
        }
        if (is_string($item['sentence'] ?? null)) {
            return str_replace("\n", ' / ', $item['sentence']);
        }
        $parts = [];
        foreach ($item as $name => $value) {
            $parts[] = "$name " . (is_scalar($value) ? (string) $value : (string) json_encode(
                $value,
                JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
            ));
        }
        return str_replace("\n", ' / ', implode(', ', $parts));
    }

    private static function html(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }
}
