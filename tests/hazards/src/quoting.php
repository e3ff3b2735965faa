<?php

/**
 * A panel that quotes what it was sent, as some error pages do: user and password of the request, and its body. The
 * file named by QUOTING says how: 422, html_500, html_200, 401 or json_200. For `php -S`.
 */

declare(strict_types=1);

$how = trim((string) file_get_contents((string) getenv('QUOTING')));
$sent = ($_SERVER['PHP_AUTH_USER'] ?? '') . ' ' . ($_SERVER['PHP_AUTH_PW'] ?? '') . ' '
    . ($_SERVER['HTTP_AUTHORIZATION'] ?? '') . ' ' . file_get_contents('php://input');
http_response_code(match ($how) {
    '422' => 422, '401' => 401, 'html_500' => 500, default => 200,
});
if (str_starts_with($how, 'html')) {
    header('Content-Type: text/html');
    echo "<html><body><h1>Log in</h1><pre>$sent</pre></body></html>";
} elseif ($how === 'json_200') {
    header('Content-Type: application/json');
    echo json_encode([['virtual_machine' => $sent]]);
} else {
    header('Content-Type: application/json');
    echo json_encode(['errors' => ['base' => ["cannot use $sent"], 'password' => ["$sent is too weak"]]]);
}
