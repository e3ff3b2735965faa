<?php

/** cron, clock, sql, nasty, setting, api, hooks: the machine itself. */

declare(strict_types=1);

use StandIn\Cli\Args;
use StandIn\Cli\Command;
use StandIn\Clock;
use StandIn\Nasty\Switches;
use StandIn\Settings;
use WHMCS\Database\Capsule;

return [
    new Command('cron', "run crons/cron.php once, at the stand-in's moment", [
        'now MOMENT' => "set the stand-in's clock first: 2026-03-01T00:30:00Z, or real for the real clock",
    ], static function (Args $args): ?int {
        if ($args->has('now')) {
            Clock::set($args->get('now') === 'real' ? '' : $args->get('now'));
        }
        require ROOTDIR . '/crons/cron.php';
        return null;
    }),

    new Command('clock', "show or set the stand-in's clock", [
        'set MOMENT' => '2026-03-01T00:30:00Z, or real for the real clock',
    ], static function (Args $args): ?int {
        if ($args->has('set')) {
            Clock::set($args->get('set') === 'real' ? '' : $args->get('set'));
        }
        $args->answer(['now' => Clock::now()->copy()->setTimezone('UTC')->format('Y-m-d\TH:i:s\Z')]);
        return null;
    }),

    new Command('sql', 'run one SQL statement: whmcs sql "SELECT ..."', [], static function (Args $args): ?int {
        $statement = Capsule::connection()->getPdo()->query($args->words[0] ?? '');
        if ($statement->columnCount() === 0) {
            $args->answer(['changed' => $statement->rowCount()]);
        } else {
            $args->rows($statement->fetchAll(PDO::FETCH_ASSOC));
        }
        return null;
    }),

    new Command('nasty', 'list the hazards, or set one', [
        'set NAME=VALUE...' => 'on, off, a count or milliseconds, as the list says', 'off' => 'all off',
    ], static function (Args $args): ?int {
        $switches = Switches::here();
        foreach ($args->has('off') ? array_fill_keys(array_keys(Switches::ALL), 'off') : [] as $name => $value) {
            $switches->set($name, $value);
        }
        foreach ($args->pairs('set') as $name => $value) {
            $switches->set($name, $value);
        }
        if (!$args->has('set') && !$args->has('off')) {
            $rows = [];
            foreach (Switches::ALL as $name => $meaning) {
                $rows[] = ['name' => $name, 'value' => $switches->get($name) ?: 'off', 'meaning' => $meaning];
            }
            $args->rows($rows);
        }
        return null;
    }),

    new Command('setting', 'list the settings, or set one', [
        'set NAME=VALUE...' => 'a row of tblconfiguration',
    ], static function (Args $args): ?int {
        foreach ($args->pairs('set') as $name => $value) {
            Settings::set($name, $value);
        }
        if (!$args->has('set')) {
            $args->json(Settings::all());
        }
        return null;
    }),

    new Command('api', 'call localAPI: whmcs api GetInvoice invoiceid=1; prints JSON', [], static function (
        Args $args
    ): ?int {
        $words = $args->words;
        $command = (string) array_shift($words);
        $data = [];
        foreach ($words as $word) {
            [$name, $value] = explode('=', $word, 2) + [1 => ''];
            parse_str(str_replace(['%5B', '%5D'], ['[', ']'], rawurlencode($name)) . '=' . rawurlencode($value), $one);
            $data = array_replace_recursive($data, $one);
        }
        $answer = localAPI($command, $data);
        $args->json($answer);
        return $answer['result'] === 'success' ? 0 : 1;
    }),
];
