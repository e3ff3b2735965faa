<?php

/** The frame of the stand-in's few admin pages, and the check that staff are logged in. */

declare(strict_types=1);

namespace StandIn\Pages;

use StandIn\Modules\HookList;

final class AdminLayout
{
    public static function requireAdmin(): void
    {
        if (!isset($_SESSION['adminid'])) {
            http_response_code(403);
            exit('Not logged in. Use the address that whmcs serve prints for staff.');
        }
        if ($_SERVER['REQUEST_METHOD'] === 'POST') {
            Session::requireToken();
        }
    }

    /** Follows whmcs-contract.md 3.9: AdminAreaHeadOutput and AdminAreaFooterOutput get the script's name. */
    public static function show(string $title, string $html): void
    {
        $vars = ['charset' => 'utf-8', 'template' => 'blend', 'adminid' => (int) $_SESSION['adminid'],
            'filename' => basename((string) $_SERVER['SCRIPT_NAME'], '.php'), 'pagetitle' => $title];
        $output = static fn (string $point): string
            => implode("\n", array_filter(HookList::run("AdminArea{$point}Output", $vars), 'is_string'));
        header('Content-Type: text/html; charset=utf-8');
        echo '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>' . self::text($title) . '</title>'
            . '<link href="/templates/twenty-one/css/theme.css" rel="stylesheet">' . $output('Head') . '</head><body>'
            . $output('Header') . '<div class="container"><h1>' . self::text($title) . '</h1>' . $html . '</div>'
            . $output('Footer') . '</body></html>';
    }

    public static function text(mixed $text): string
    {
        return htmlspecialchars((string) $text, ENT_QUOTES, double_encode: false);
    }
}
