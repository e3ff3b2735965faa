<?php

/** One command: its name, what it does, its options, its work. */

declare(strict_types=1);

namespace StandIn\Cli;

final class Command
{
    /**
     * @param array<string, string> $options "name VALUE" (takes a value), "name VALUE..." (repeatable) or "name" (a
     *     flag) => explanation
     * @param \Closure(Args): ?int $run answers the exit code, null is 0
     */
    public function __construct(
        public readonly string $name,
        public readonly string $summary,
        public readonly array $options,
        public readonly \Closure $run,
        public readonly bool $needsRoot = true,
    ) {
    }

    /** @return array<string, string> every option, the common ones included */
    public function allOptions(): array
    {
        $common = ['root DIR' => 'the WHMCS root (./whmcs-root)', 'json' => 'print JSON'];
        return $this->options + ($this->needsRoot
            ? $common + ['as WHO' => 'run as admin, client, cron or api (cron)']
            : $common);
    }

    public function help(): string
    {
        $text = "whmcs $this->name: $this->summary\n\n";
        foreach ($this->allOptions() as $option => $meaning) {
            $text .= sprintf("  --%-26s %s\n", $option, $meaning);
        }
        return $text;
    }
}
