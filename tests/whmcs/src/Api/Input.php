<?php

/** The post data of one API call, read by type. Flags come as bool, 1, "1", "true" or "on" in field use. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Clock;
use StandIn\Refusal;

final class Input
{
    /** @param array<string, mixed> $data */
    public function __construct(private readonly array $data)
    {
    }

    public function has(string $name): bool
    {
        return isset($this->data[$name]);
    }

    public function text(string $name, string $default = ''): string
    {
        $value = $this->data[$name] ?? $default;
        return is_scalar($value) ? (string) $value : $default;
    }

    public function int(string $name, int $default = 0): int
    {
        return (int) $this->text($name, (string) $default);
    }

    public function flag(string $name): bool
    {
        return in_array($this->data[$name] ?? false, [true, 1, '1', 'true', 'on'], true);
    }

    /** @return array<int|string, mixed> */
    public function list(string $name): array
    {
        return (array) ($this->data[$name] ?? []);
    }

    /** whmcs-contract.md 4.1: base64_encode(serialize([...])), or a plain array in field use. @return array<mixed> */
    public function packed(string $name): array
    {
        return self::unpack($this->data[$name] ?? []);
    }

    /** @return array<mixed> */
    public static function unpack(mixed $value): array
    {
        if (is_array($value)) {
            return $value;
        }
        $value = @unserialize((string) base64_decode((string) $value, true), ['allowed_classes' => false]);
        return is_array($value) ? $value : [];
    }

    /** Y-m-d as documented, Ymd and a time behind it as vendors send (whmcs-contract.md 4.2). */
    public function date(string $name, string $default = ''): string
    {
        $text = $this->text($name);
        if ($text === '') {
            return $default !== '' ? $default : Clock::today();
        }
        if (preg_match('/^(\d{4})-?(\d\d)-?(\d\d)(?:[ T].*|\d{6})?$/', $text, $part) !== 1) {
            throw new Refusal("Invalid date \"$text\" in $name");
        }
        return "$part[1]-$part[2]-$part[3]";
    }

    public function amount(string $name): string
    {
        $text = $this->text($name);
        if (!is_numeric($text)) {
            throw new Refusal("Invalid amount \"$text\" in $name");
        }
        return $text;
    }

    /** @return list<int> the N for which prefixN is given, in order */
    public function numbered(string $prefix): array
    {
        $numbers = [];
        foreach (array_keys($this->data) as $name) {
            if (preg_match('/^' . $prefix . '(\d+)$/', (string) $name, $part) === 1) {
                $numbers[] = (int) $part[1];
            }
        }
        sort($numbers);
        return $numbers;
    }
}
