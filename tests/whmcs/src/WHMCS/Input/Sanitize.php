<?php

/** HTML encoding of texts. Follows whmcs-contract.md 4.5 and 1.4 (stored texts are HTML-encoded). */

declare(strict_types=1);

namespace WHMCS\Input;

class Sanitize
{
    public static function encode(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES);
    }

    public static function decode(string $text): string
    {
        return html_entity_decode($text, ENT_QUOTES);
    }
}
