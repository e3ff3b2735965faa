<?php

$_LANG['sample.reboot'] = 'Neu starten';
$_LANG['sample.title'] = 'Musterserver';
$_LANG['sample.cooling'] = 'Er wurde eben neu gestartet; wieder in {minutes} Minuten.';
