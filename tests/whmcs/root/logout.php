<?php

/** Ends the session. */

declare(strict_types=1);

define('CLIENTAREA', true);
require __DIR__ . '/init.php';

$_SESSION = [];
session_destroy();
header('Location: clientarea.php');
