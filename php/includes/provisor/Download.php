<?php

declare(strict_types=1);

namespace Provisor;

/** A file that a job made, sent instead of a page. */
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
}
