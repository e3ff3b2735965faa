<?php

/** Log-in: a form with e-mail and password, or once with the address that `whmcs serve` prints. */

declare(strict_types=1);

define('CLIENTAREA', true);
require __DIR__ . '/init.php';

use StandIn\Pages\Session;
use WHMCS\Database\Capsule;

if (is_string($_GET['once'] ?? null)) {
    if (!Session::logInOnce($_GET['once'])) {
        http_response_code(403);
        exit('This address was used already or is too old. Start the server again for a new one.');
    }
} else {
    Session::requireToken();
    $user = Capsule::table('tblusers')->where('email', (string) ($_POST['username'] ?? ''))->first();
    if ($user === null || !password_verify((string) ($_POST['password'] ?? ''), (string) $user->password)) {
        http_response_code(403);
        exit('Login Details Incorrect. Please try again.');
    }
    $link = Capsule::table('tblusers_clients')->where('auth_user_id', $user->id)->first();
    Session::logIn('uid', (int) $link->client_id);
}
$to = isset($_SESSION['adminid']) && !isset($_SESSION['uid']) ? 'admin/index.php' : 'clientarea.php';
$service = (int) ($_GET['service'] ?? 0);
header('Location: ' . $to . ($service > 0 ? "?action=productdetails&id=$service" : ''));
