<?php

/** Router of `php -S`: what a configured web server would not give out is not given out here. */

declare(strict_types=1);

$path = rawurldecode((string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH));
$closed = [
    '~^/(storage|vendor|crons)(/|$)~i',
    '~\.(tpl|sqlite|sqlite-wal|sqlite-shm|so|md|log)$~i',
    '~/\.|^/configuration\.php$~i',
    '~^/modules/[^/]+/[^/]+/(lib|templates)/~i',
];
if (array_filter($closed, static fn (string $pattern): bool => preg_match($pattern, $path) === 1) !== []) {
    http_response_code(403);
    echo 'Forbidden';
    return true;
}
return false;
