<?php

/** Date helpers. Follows whmcs-contract.md 4.5; the client format is DD/MM/YYYY, the default of tblconfiguration. */

declare(strict_types=1);

use StandIn\Clock;

function getTodaysDate(bool|int $clientFormat = false): string
{
    return Clock::now()->format('d/m/Y');
}

function fromMySQLDate(string $date, bool|int $time = false, bool|int $clientFormat = false): string
{
    if (preg_match('/^(\d{4})-(\d\d)-(\d\d)(?: (\d\d:\d\d))?/', $date, $part) !== 1) {
        return '';
    }
    return "$part[3]/$part[2]/$part[1]" . ($time && isset($part[4]) ? " $part[4]" : '');
}

function toMySQLDate(string $date): string
{
    return preg_match('~^(\d\d)/(\d\d)/(\d{4})~', $date, $part) === 1 ? "$part[3]-$part[2]-$part[1]" : $date;
}
