<?php

declare(strict_types=1);

namespace Provisor;

/** JSON as the core reads it. Text from an old database that is not UTF-8 is replaced and reported, never refused. */
final class Json
{
    private const FLAGS = JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES;

    /** @param callable(string): void $report gets the place of the first text that had to be repaired */
    public static function write(mixed $value, callable $report): string
    {
        try {
            return json_encode($value, self::FLAGS);
        } catch (\JsonException $e) {
            if ($e->getCode() !== JSON_ERROR_UTF8) {
                throw $e;
            }
            $report(self::firstBad($value));
            return json_encode($value, self::FLAGS | JSON_INVALID_UTF8_SUBSTITUTE);
        }
    }

    /** @return array<string, mixed> */
    public static function read(string $text): array
    {
        $value = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
        return is_array($value) ? $value : [];
    }

    private static function firstBad(mixed $value, string $place = ''): string
    {
        if (is_string($value)) {
            return preg_match('//u', $value) === 1 ? '' : $place;
        }
        foreach (is_array($value) ? $value : [] as $name => $inner) {
            $found = self::firstBad($inner, $place === '' ? (string) $name : "$place.$name");
            if ($found !== '') {
                return $found;
            }
        }
        return '';
    }
}
