<?php

/**
 * Takes the place of the old OnApp module's hook file, whose hooks fail on PHP 8 and forget clients' OnApp users. The
 * hooks of today's module are in modules/servers/onapp/hooks.php.
 */

defined('WHMCS') || exit;
