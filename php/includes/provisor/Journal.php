<?php

declare(strict_types=1);

namespace Provisor;

/**
 * Writes what a job says to WHMCS's logs: warnings and errors to the activity log, the whole job to the module log
 * (which WHMCS keeps while module debugging is on). Secrets are dropped by their shape, {"secret": ...}, and their
 * values are handed to WHMCS as well, so that they are masked wherever else they stand.
 */
final class Journal
{
    /** Parts of an input that may hold passwords under names of their own. They stay out of the log. */
    private const SILENT = ['options', 'configuration', 'form'];

    /** A shorter secret is no secret that masking keeps: it would stand for itself wherever else it occurs in a word. */
    private const SHORTEST = 4;

    /** @var array<string, true> */
    private array $secrets = [];

    /** @var list<string> */
    private array $told = [];

    /** @param array<string, mixed> $input */
    public function __construct(private readonly string $job, private readonly array $input)
    {
        $this->learn($input);
    }

    /** Remembers every secret in a message, to mask it later. */
    public function learn(mixed $message): void
    {
        if (!is_array($message)) {
            return;
        }
        if (array_keys($message) === ['secret'] && is_string($message['secret'])) {
            if (strlen($message['secret']) >= self::SHORTEST) {
                $this->secrets[$message['secret']] = true;
            }
            return;
        }
        array_map($this->learn(...), $message);
    }

    /** @param list<array<string, string>> $entries the `log` of a step */
    public function entries(array $entries): void
    {
        foreach ($entries as $entry) {
            $this->note($entry['level'] ?? 'info', $entry['code'] ?? '', $entry['text'] ?? '');
        }
    }

    public function note(string $level, string $code, string $text): void
    {
        $text = $this->mask($text);
        $this->told[] = "$level: $text ($code)";
        if ($level !== 'info') {
            $client = $this->input['service']['client_id'] ?? 0;
            self::activity("Provisor {$this->job}: $text ($code)", (int) $client);
        }
    }

    /** Writes a line to WHMCS's activity log. */
    public static function activity(string $line, int $client = 0): void
    {
        self::write('logActivity', $line, $client);
    }

    /** @return list<string> the warnings and errors so far, without secrets */
    public function told(): array
    {
        return array_values(array_filter($this->told, static fn (string $line) => !str_starts_with($line, 'info: ')));
    }

    /** Closes the job's entry in the module log. */
    public function close(string|array $result): void
    {
        self::write(
            'logModuleCall',
            strstr($this->job, '.', true) ?: $this->job,
            $this->job,
            self::text(self::drop(self::silenced($this->input))),
            is_array($result) ? self::text(self::drop($result)) : $result,
            implode("\n", $this->told),
            array_map('strval', array_keys($this->secrets))
        );
    }

    /** A log that cannot be written keeps no work from being done, and makes what is done no failure. */
    private static function write(string $log, mixed ...$entry): void
    {
        try {
            function_exists($log) && $log(...$entry);
        } catch (\Throwable) {
            // The table may be damaged, or a hook of another module on it fails: nothing else could be told of it.
        }
    }

    private function mask(string $text): string
    {
        return str_replace(array_map('strval', array_keys($this->secrets)), '****', $text);
    }

    /**
     * @param array<string, mixed> $input
     * @return array<string, mixed>
     */
    private static function silenced(array $input): array
    {
        foreach (array_intersect(self::SILENT, array_keys($input)) as $name) {
            $input[$name] = '(not logged)';
        }
        return $input;
    }

    private static function drop(mixed $message): mixed
    {
        if (!is_array($message)) {
            return $message;
        }
        return array_keys($message) === ['secret'] ? '****' : array_map(self::drop(...), $message);
    }

    private static function text(mixed $value): string
    {
        return (string) json_encode(
            $value,
            JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRETTY_PRINT
        );
    }
}
