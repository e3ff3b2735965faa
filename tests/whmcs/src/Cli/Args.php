<?php

/** The options of one call, checked against the command's list, and the ways to print an answer. */

declare(strict_types=1);

namespace StandIn\Cli;

use StandIn\Refusal;

final class Args
{
    /** @param array<string, list<string>> $given @param list<string> $words */
    private function __construct(private readonly array $given, public readonly array $words)
    {
    }

    /** @param list<string> $words */
    public static function parse(array $words, Command $command): self
    {
        $takesValue = [];
        foreach (array_keys($command->allOptions()) as $option) {
            $takesValue[explode(' ', $option)[0]] = str_contains($option, ' ');
        }
        $given = [];
        $rest = [];
        while ($words !== []) {
            $word = array_shift($words);
            if (!str_starts_with($word, '--')) {
                $rest[] = $word;
                continue;
            }
            [$name, $value] = explode('=', substr($word, 2), 2) + [1 => null];
            if (!isset($takesValue[$name])) {
                throw new Refusal("$command->name has no option --$name");
            }
            if ($takesValue[$name] && $value === null) {
                if ($words === []) {
                    throw new Refusal("--$name needs a value");
                }
                $value = array_shift($words);
            }
            $given[$name][] = $value ?? 'on';
        }
        return new self($given, $rest);
    }

    public function get(string $name, string $default = ''): string
    {
        $values = $this->given[$name] ?? [];
        return $values === [] ? $default : (string) end($values);
    }

    public function need(string $name): string
    {
        if (!isset($this->given[$name])) {
            throw new Refusal("--$name is missing");
        }
        return $this->get($name);
    }

    public function int(string $name, int $default = 0): int
    {
        return (int) $this->get($name, (string) $default);
    }

    public function has(string $name): bool
    {
        return isset($this->given[$name]);
    }

    /** @return list<string> */
    public function all(string $name): array
    {
        return $this->given[$name] ?? [];
    }

    /** @return array<string, string> of a repeatable NAME=VALUE option */
    public function pairs(string $name): array
    {
        $pairs = [];
        foreach ($this->all($name) as $text) {
            [$key, $value] = explode('=', $text, 2) + [1 => ''];
            $pairs[$key] = $value;
        }
        return $pairs;
    }

    /** Text as a form of WHMCS stores it: HTML-encoded (whmcs-contract.md 1.4). */
    public function form(string $name, string $default = ''): string
    {
        return htmlspecialchars($this->get($name, $default), ENT_QUOTES);
    }

    /** One id plainly, or name=value pairs, or JSON. @param array<string, mixed> $answer */
    public function answer(array $answer): void
    {
        if ($this->has('json')) {
            $this->json($answer);
        } elseif (count($answer) === 1) {
            echo reset($answer) . "\n";
        } else {
            echo implode(' ', array_map(static fn ($k, $v) => "$k=$v", array_keys($answer), $answer)) . "\n";
        }
    }

    public function json(mixed $value): void
    {
        $flags = JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE
            | JSON_PARTIAL_OUTPUT_ON_ERROR;
        echo json_encode($value, $flags) . "\n";
    }

    /** @param list<array<string, mixed>> $rows as JSON, or as tab separated lines with a head */
    public function rows(array $rows): void
    {
        if ($this->has('json')) {
            $this->json($rows);
            return;
        }
        if ($rows !== []) {
            echo implode("\t", array_keys($rows[0])) . "\n";
        }
        foreach ($rows as $row) {
            echo implode("\t", array_map(
                static fn ($value) => str_replace(["\n", "\t"], ['\n', ' '], (string) $value),
                $row
            )) . "\n";
        }
    }
}
