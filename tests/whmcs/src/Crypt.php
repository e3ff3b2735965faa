<?php

/**
 * encrypt() and decrypt(). Follows whmcs-contract.md 4.4 and 4.5: keyed by cc_encryption_hash of configuration.php,
 * randomised, so equal inputs differ. What cannot be decrypted becomes ''. A password that a form took is encoded like
 * every text of a form (1.4) before it is encrypted.
 */

declare(strict_types=1);

namespace StandIn;

final class Crypt
{
    public static function encrypt(string $plain): string
    {
        $nonce = random_bytes(12);
        $sealed = openssl_encrypt($plain, 'aes-256-gcm', self::key(), OPENSSL_RAW_DATA, $nonce, $tag);
        return base64_encode($nonce . $tag . $sealed);
    }

    public static function decrypt(string $sealed): string
    {
        $bytes = base64_decode($sealed, true);
        if ($bytes === false || strlen($bytes) < 28) {
            return '';
        }
        $plain = openssl_decrypt(
            substr($bytes, 28),
            'aes-256-gcm',
            self::key(),
            OPENSSL_RAW_DATA,
            substr($bytes, 0, 12),
            substr($bytes, 12, 16)
        );
        return $plain === false ? '' : $plain;
    }

    /** A password as a form of WHMCS stores it. */
    public static function fromForm(string $entered): string
    {
        return self::encrypt(htmlspecialchars($entered, ENT_QUOTES));
    }

    /** The same as it was entered. */
    public static function entered(string $sealed): string
    {
        return html_entity_decode(self::decrypt($sealed), ENT_QUOTES);
    }

    private static function key(): string
    {
        return hash('sha256', (string) $GLOBALS['cc_encryption_hash'], true);
    }
}
