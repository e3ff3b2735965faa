<?php

/** install, modules:copy: a WHMCS root on disk and its database. */

declare(strict_types=1);

use StandIn\Cli\Args;
use StandIn\Cli\Command;
use StandIn\Database;
use StandIn\Install;
use StandIn\Refusal;
use StandIn\Schema;

return [
    new Command('install', 'lay out a WHMCS root and its database (again: refresh files, keep data)', [
        'modules DIR' => "copied over the root: the repository's php/ folder",
        'db DB' => 'sqlite, or mysql:socket=PATH;dbname=NAME;user=NAME;password=TEXT (sqlite)',
        'version VERSION' => 'the setting Version (8.13.1-release.1)',
    ], static function (Args $args): ?int {
        $root = $args->get('root', './whmcs-root');
        if (!is_dir($root) && !mkdir($root, 0o755, true)) {
            throw new Refusal("cannot make the folder $root");
        }
        $root = (string) realpath($root);
        $database = Database::settingsFrom($args->get('db', 'sqlite'), $root);
        Install::layOut($root, $args->has('modules') ? $args->get('modules') : null, $database);
        Database::createIfMissing($database);
        $_SESSION = [];
        require $root . '/init.php';
        Schema\Builder::createAll();
        Schema\Seed::insert();
        if ($args->has('version')) {
            StandIn\Settings::set('Version', $args->get('version'));
        }
        Install::openToOthers($root);
        $args->answer(['root' => $root]);
        return null;
    }, false),

    new Command('modules:copy', 'copy a folder of modules over the root again', [
        'modules DIR' => "the repository's php/ folder",
    ], static function (Args $args): ?int {
        Install::copyModules(ROOTDIR, $args->need('modules'));
        return null;
    }),
];
