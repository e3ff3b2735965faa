<?php

/** encrypt() and decrypt(). Follows whmcs-contract.md 4.5. */

declare(strict_types=1);

function encrypt(string $string): string
{
    return StandIn\Crypt::encrypt($string);
}

function decrypt(string $string): string
{
    return StandIn\Crypt::decrypt($string);
}
