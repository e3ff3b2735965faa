<?php

/**
 * encrypt() and decrypt(). Follows whmcs-contract.md 4.4 and 4.5: keyed by cc_encryption_hash of configuration.php,
 * randomised, so equal inputs differ. What cannot be decrypted becomes ''.
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

    private static function key(): string
    {
        return hash('sha256', (string) $GLOBALS['cc_encryption_hash'], true);
    }
}
