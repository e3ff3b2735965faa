<?php

/** What stands between the core's page model and WHMCS: texts, callers, forms, drawings, downloads. */

declare(strict_types=1);

namespace Provisor\Tests;

use Provisor\Lang;
use Provisor\Page;
use Provisor\Tab;

/** @return array<string, array<string, string>> the texts of each language file, by path */
function languageFiles(): array
{
    $php = dirname(__DIR__, 3) . '/php';
    $files = [];
    foreach ([...glob("$php/includes/provisor/lang/*.php"), ...glob("$php/modules/servers/*/lang/*.php")] as $file) {
        $_LANG = [];
        require $file;
        $files[$file] = $_LANG;
    }
    return $files;
}

/** A private function of ours, called. */
function inner(string $class, string $function, mixed ...$arguments): mixed
{
    return (new \ReflectionMethod($class, $function))->invoke(null, ...$arguments);
}

return [
    'every language has only texts that English has, with the same places for values' => static function (): void {
        $places = static function (string $text): array {
            preg_match_all('/\{\w+\}/', $text, $found);
            sort($found[0]);
            return $found[0];
        };
        $files = languageFiles();
        Check::true(count($files) >= 2, 'there are language files');
        foreach ($files as $file => $texts) {
            $english = $files[dirname($file) . '/english.php'] ?? [];
            foreach ($texts as $code => $text) {
                Check::true(isset($english[$code]), "$code of " . basename($file) . ' is in english.php');
                Check::same($places($english[$code]), $places($text), "places of $code in " . basename($file));
            }
        }
    },
    'a config.json that PHP may not read is an error and not an empty one' => static function (): void {
        $root = sys_get_temp_dir() . '/provisor-config.' . getmypid();
        mkdir("$root/includes/provisor", 0755, true);
        mkdir("$root/modules/servers/x", 0755, true);
        foreach (['Params', 'JobFailed'] as $class) {
            copy(dirname(__DIR__, 3) . "/php/includes/provisor/$class.php", "$root/includes/provisor/$class.php");
        }
        $file = "$root/modules/servers/x/config.json";
        $code = 'require "JobFailed.php"; require "Params.php"; try { echo "text:" . Provisor\\Params::configuration("x"); }'
            . ' catch (Provisor\\JobFailed $e) { echo $e->problem, " ", $e->getMessage(); }';
        $nobody = posix_geteuid() === 0 ? 'setpriv --reuid=65534 --regid=65534 --clear-groups ' : '';
        $tell = static fn (string $set = '') => (string) shell_exec(
            "cd $root/includes/provisor && {$nobody}php $set -r " . escapeshellarg($code) . ' 2>&1'
        );
        $told = ['none' => $tell()];
        file_put_contents($file, '{"passKeyShown":false}');
        chmod($file, 0);
        $told['closed'] = $tell();
        unlink($file);
        mkdir("$root/kept");
        file_put_contents("$root/kept/config.json", '{}');
        symlink("$root/kept/config.json", $file);
        $told['link'] = $tell();
        $told['a link out of open_basedir'] = $tell("-d open_basedir=$root/includes:$root/modules");
        chmod("$root/kept", 0);
        $told['a link into a closed folder'] = $tell();
        exec('rm -rf ' . escapeshellarg("$root/kept"));
        $told['a link to nothing'] = $tell();
        exec('rm -rf ' . escapeshellarg($root));
        Check::same(['none' => 'text:', 'link' => 'text:{}'], array_intersect_key($told, ['none' => 0, 'link' => 0]));
        unset($told['none'], $told['link']);
        foreach ($told as $how => $said) {
            Check::same(0, strpos($said, 'x.configuration modules/servers/x/config.json cannot be read by PHP'), "$how: $said");
        }
    },
    'German has every shared text' => static function (): void {
        $folder = dirname(__DIR__, 3) . '/php/includes/provisor/lang';
        $files = languageFiles();
        Check::same(array_keys($files["$folder/english.php"]), array_keys($files["$folder/german.php"]));
    },
    'a missing key falls back to English, then to the core' => static function (): void {
        Check::same('Ja', (new Lang('', 'german'))->text('page.yes'));
        Check::same('Yes', (new Lang('', 'klingon'))->text('page.yes'));
        $words = ['code' => 'x.unknown', 'params' => [['n', '5']], 'text' => 'Five of 5'];
        Check::same(['a' => 'Five of 5'], (new Lang('', 'german'))->model(['a' => $words]));
        $words['code'] = 'form.whole';
        $words['params'] = [['least', '1'], ['most', '9']];
        Check::same('muss eine ganze Zahl von 1 bis 9 sein', (new Lang('', 'german'))->model($words));
    },
    'no language name leaves the folder of languages' => static function (): void {
        $_SESSION = ['Language' => '../../config'];
        try {
            $lang = Lang::of(['moduletype' => '', 'clientsdetails' => ['language' => 'german']]);
            Check::same('Ja', $lang->text('page.yes'));
        } finally {
            $_SESSION = [];
        }
    },
    'a drawing is shapes and text, or it is not shown' => static function (): void {
        $good = '<svg viewBox="0 0 1 1" aria-hidden="true"><rect x="1"/><text>1 on 2</text></svg>';
        Check::same($good, inner(Page::class, 'drawing', $good));
        foreach (['<script>x()</script>', '<rect onload="x()"/>', '<a href="x">y</a>', '<image/>', '<rect fill="url(x)"/>',
            '<foreignObject/>', "<rect\nonclick=x/>", '<style>*{}</style>', '<!-- x -->'] as $part) {
            $svg = "<svg viewBox=\"0 0 1 1\">$part</svg>";
            Check::same('', inner(Page::class, 'drawing', $svg), $part);
        }
        Check::same('', inner(Page::class, 'drawing', '<p>no drawing</p>'));
    },
    'what clients read of a failure never has the failure\'s own words' => static function (): void {
        $lang = new Lang('', 'english');
        $failed = static fn (string $code): string => inner(
            Page::class,
            'refusal',
            $lang,
            new \Provisor\JobFailed(-401, $code, 'The panel at 10.0.0.1 said: root is drunk')
        );
        Check::same($lang->text('refused.busy'), $failed('whatever.busy'));
        Check::same($lang->text('page.failed'), $failed('whatever.else'));
        Check::same($lang->text('page.failed'), $failed(''));
        Check::same(
            $lang->text('page.unavailable'),
            inner(Page::class, 'refusal', $lang, new \RuntimeException('x'), 'page.unavailable')
        );
    },
    'every cell of the staff tab is escaped' => static function (): void {
        $bad = '<b>"\'&';
        $words = ['heading' => $bad, 'kind' => 'facts', 'facts' => [['label' => 'L', 'value' => $bad, 'hidden' => true]]];
        $rows = inner(Tab::class, 'section', $words, new Lang('', 'english'));
        Check::lacks('<b>', implode('', $rows));
        $field = ['name' => 'n', 'label' => $bad, 'kind' => 'choice', 'value' => $bad, 'error' => $bad, 'help' => $bad,
            'choices' => [[$bad, $bad]]];
        $html = inner(Tab::class, 'field', $field);
        Check::lacks('<b>', $html);
        Check::contains('selected', $html);
        Check::contains('aria-invalid="true"', $html);
        $password = inner(Tab::class, 'field', ['kind' => 'password', 'value' => 'hunter2'] + $field);
        Check::lacks('hunter2', $password);
    },
    'a form and the configuration reach the core, and neither is logged' => static function (): void {
        $_POST = ['provisor' => ['rate' => '5 &gt; 4', 'list' => ['x']], 'other' => 'y'];
        $_SERVER['REQUEST_METHOD'] = 'POST';
        try {
            $input = \Provisor\Params::service(['moduletype' => '../../..', 'configoption1' => 'p1anted'], \Provisor\Caller::client());
            Check::same(['rate' => '5 > 4'], (array) $input['form']);
            Check::same('', $input['configuration']);
            Check::same(['kind' => 'client', 'client_id' => '', 'post' => true, 'token' => false], $input['caller']);
            Whmcs::$moduleLog = [];
            (new \Provisor\Journal('x.y', $input))->close([]);
            Check::lacks('p1anted', json_encode(Whmcs::$moduleLog));
            Check::lacks('5 > 4', json_encode(Whmcs::$moduleLog, JSON_UNESCAPED_UNICODE));
            $verb = \Provisor\Params::service([]);
            Check::same([], (array) $verb['form']);
            Check::same('system', $verb['caller']['kind']);
        } finally {
            $_POST = [];
            unset($_SERVER['REQUEST_METHOD']);
        }
    },
];
