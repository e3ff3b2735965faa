<?php

declare(strict_types=1);

namespace Provisor;

/** What a job answers instead of a page: a file, or the address to go to. */
final class Download
{
    /** @param array<string, string> $file name, type and text, as the core reports it */
    public static function send(array $file): never
    {
        while (ob_get_level() > 0) {
            ob_end_clean();
        }
        $name = preg_replace('/[^A-Za-z0-9._-]/', '-', $file['name'] ?? 'file');
        // The mark tells spreadsheets that the text is UTF-8.
        $text = (str_starts_with($file['type'] ?? '', 'text/csv') ? "\xEF\xBB\xBF" : '') . ($file['text'] ?? '');
        header('Content-Type: ' . preg_replace('/[^A-Za-z0-9\/;=. +-]/', '', $file['type'] ?? 'text/plain'));
        header("Content-Disposition: attachment; filename=\"$name\"");
        header('X-Content-Type-Options: nosniff');
        header('Cache-Control: private, no-store');
        header('Content-Length: ' . strlen($text));
        echo $text;
        exit;
    }

    /** Sends the browser to an address that is for it alone: nobody keeps it, and the place learns of no page of ours. */
    public static function go(string $address): never
    {
        if (preg_match('#^https?://[!-~]+$#', $address) !== 1) {
            throw new \UnexpectedValueException('A job named an address that is none.');
        }
        while (ob_get_level() > 0) {
            ob_end_clean();
        }
        header('Cache-Control: private, no-store');
        header('Referrer-Policy: no-referrer');
        header("Location: $address", true, 303);
        exit;
    }
}
