<?php

/**
 * Output that modules print. Follows whmcs-contract.md 10: recorded, never hidden; forbidden while a file is included
 * (8.2). The record is the activity log; the text itself goes on to where it was going.
 */

declare(strict_types=1);

namespace StandIn\Modules;

use StandIn\Clock;
use WHMCS\Database\Capsule;

final class Output
{
    /**
     * @template T
     * @param callable(): T $work
     * @return T
     */
    public static function watch(string $who, string $what, callable $work): mixed
    {
        $printed = '';
        ob_start(static function (string $text) use (&$printed): string {
            $printed .= $text;
            return PHP_SAPI === 'cli' ? '' : $text;
        });
        try {
            return $work();
        } finally {
            ob_end_flush();
            if ($printed !== '') {
                self::record($who, $what, $printed);
            }
        }
    }

    private static function record(string $who, string $what, string $printed): void
    {
        if (PHP_SAPI === 'cli') {
            fwrite(STDERR, $printed);
        }
        $inside = $what === 'include' ? 'while it was included, which WHMCS forbids' : "in $what";
        Capsule::table('tblactivitylog')->insert([
            'date' => Clock::stamp(),
            'description' => "Stand-in: $who printed output $inside: " . mb_strcut($printed, 0, 500),
            'user' => 'Stand-in',
        ]);
    }
}
