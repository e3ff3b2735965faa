<?php

/**
 * What the old OnApp module put into a WHMCS and this one does not use: path below the root, and what to do about it.
 * `*` stands for one part of a path. Nothing here is ever loaded or called by this module.
 */

defined('WHMCS') || exit;

return [
    'files' => [
        'includes/wrapper' => 'not needed any more; delete it once no other OnApp module uses it',
        'modules/servers/onapp/lib.php' => 'not loaded any more; delete it',
        'modules/servers/onapp/includes' => 'not loaded any more; delete it',
        'modules/servers/onapp/lang/*.txt' => 'texts of the old module, not read any more; delete them',
        'modules/servers/onappbackupspace' => 'a module that OnApp gave up in 2012; delete it',
        'templates/*/onapp/clientarea*.tpl' => 'a page of the old module; this one brings its own; delete it',
    ],
    // A text that tells the old module's file from the one that belongs there.
    'texts' => [
        'onapp.php' => [
            'dbconnect.php' => 'the client pages of the old module, which fail on PHP 8; delete it',
        ],
        'templates/*/header.tpl' => [
            'onapp.php' => 'names onapp.php, as the header of the old module does: put the theme\'s own header back;'
                . ' the menu entry comes by itself',
        ],
    ],
    'crons' => [
        'modules/servers/onapp/' => 'modules/servers/onapp/cron_bandwidth.php',
    ],
];
