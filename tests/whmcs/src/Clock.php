<?php

/**
 * The stand-in's present moment: the setting StandInNow, or the real clock while that is empty.
 *
 * WHMCS documents no way to move time, so nothing new is offered to modules: WHMCS\Carbon::now() (a documented class,
 * whmcs-contract.md 4.5) answers with the stand-in's moment, because Carbon's own test clock is set here. The
 * database's clock stays real.
 */

declare(strict_types=1);

namespace StandIn;

use WHMCS\Carbon;

final class Clock
{
    public static function load(): void
    {
        $moment = Settings::get('StandInNow');
        Carbon::setTestNow($moment === '' ? null : Carbon::parse($moment)->setTimezone(date_default_timezone_get()));
    }

    public static function set(string $moment): void
    {
        if ($moment !== '') {
            $parsed = \DateTimeImmutable::createFromFormat(\DateTimeInterface::RFC3339, $moment);
            if ($parsed === false) {
                throw new Refusal("\"$moment\" is not a moment such as 2026-03-01T00:30:00Z; the clock is unchanged");
            }
            $moment = $parsed->setTimezone(new \DateTimeZone('UTC'))->format('Y-m-d\TH:i:s\Z');
        }
        Settings::set('StandInNow', $moment);
        self::load();
    }

    public static function now(): Carbon
    {
        return Carbon::now();
    }

    /** Local date as the database keeps it (whmcs-contract.md 7.1: dates in the DB are local time without zone). */
    public static function today(): string
    {
        return Carbon::now()->format('Y-m-d');
    }

    public static function stamp(): string
    {
        return Carbon::now()->format('Y-m-d H:i:s');
    }
}
