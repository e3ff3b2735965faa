<?php

/**
 * Once a day the used storage of every account goes into WHMCS's own columns, where the module's config.json names a call
 * for it, before the daily run, in which WHMCS may bill from them. It runs UsageUpdate for each server record, and this module
 * has none.
 */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

add_hook('PreCronJob', 1, static function () {
    if (provisor_refusal() === '') {
        $module = ['module' => 'backupserver'];
        $input = $module + Provisor\Params::daily($module['module']);
        Provisor\Entry::runAll([['backupserver.usage', $input]], static function ($good, $line) {
            if (!$good) {
                Provisor\Journal::activity("Provisor $line");
            }
        });
    }
});

// A deleted service's number may be given again, to another client, who gets nothing of it.
add_hook('ServiceDelete', 1, static function ($vars = []) {
    provisor_hook('backupserver.service_deleted', ['service_id' => (string) ($vars['serviceid'] ?? '')]);
});
