<?php

/** Helpers of pages: tokens, routes, flash messages. Follows whmcs-contract.md 2.6, 6.1, 6.2 and 6.8. */

declare(strict_types=1);

use StandIn\Pages\Session;

/** A hidden input, or with "link" a part of a query string, or with "plain" the token itself. */
function generate_token(string $type = 'form'): string
{
    return match ($type) {
        'plain' => Session::token(),
        'link' => '&token=' . Session::token(),
        default => '<input type="hidden" name="token" value="' . Session::token() . '">',
    };
}

/** Refuses the page when the request's token is not the session's. */
function check_token(string $namespace = ''): void
{
    Session::requireToken();
}

function routePath(string $name, mixed ...$parts): string
{
    return 'index.php?rp=/' . implode('/', [str_replace('-', '/', $name), ...array_map('strval', $parts)]);
}

/** @return array{type: string, text: string}|null */
function get_flash_message(): ?array
{
    $message = $_SESSION['FlashMessage'] ?? null;
    unset($_SESSION['FlashMessage']);
    return $message;
}

/** @param array<string, mixed> $vars */
function redir(string|array $vars = '', string $file = ''): never
{
    $query = is_array($vars) ? http_build_query($vars) : $vars;
    header('Location: ' . ($file !== '' ? $file : basename($_SERVER['PHP_SELF'])) . ($query !== '' ? "?$query" : ''));
    exit;
}
