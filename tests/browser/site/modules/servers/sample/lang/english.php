<?php

$_LANG['sample.wipe'] = 'Wipe';
$_LANG['sample.reboot'] = 'Reboot';
$_LANG['sample.reboot.done'] = 'The server is restarting.';
$_LANG['sample.title'] = 'Sample server';
$_LANG['sample.cooling'] = 'It was rebooted a moment ago; again in {minutes} minutes.';
$_LANG['sample.down'] = 'The server cannot be reached at the moment. Nothing was changed.';
