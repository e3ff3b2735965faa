<?php

/** The texts of this module, by code. No text for clients names the vendor. */

defined('WHMCS') || exit;

$_LANG['staff.reboot'] = 'Reboot';
$_LANG['staff.get_ips'] = 'Get Server IP';
$_LANG['staff.test'] = 'Check Connection';
$_LANG['singlehop.reboot.done'] = 'The server is being restarted.';
$_LANG['singlehop.cool_down'] = 'The server was restarted a moment ago. Please wait a minute. Nothing was changed.';
$_LANG['singlehop.unclear'] = 'The request was sent, but it is not known yet whether it was carried out. Please wait a few'
    . ' minutes before you try again.';
$_LANG['singlehop.unavailable'] = 'This is temporarily not available. Please try again later.';
