<?php

/** Router of `php -S`: what a configured web server would not give out is not given out here. */

declare(strict_types=1);

$path = rawurldecode((string) parse_url((string) $_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (preg_match('~^/(storage|vendor|crons)(/|$)|\.(tpl|sqlite|sqlite-wal|sqlite-shm|so|md|log)$|/\.|^/configuration\.php$'
    . '|^/modules/[^/]+/[^/]+/(lib|templates)/~i', $path) === 1) {
    http_response_code(403);
    echo 'Forbidden';
    return true;
}
return false;
