<?php

/** A job through the library and through the program: the same messages, the same ends. */

declare(strict_types=1);

namespace Provisor\Tests;

/** Runs the code with FFI and without it and expects the same output. @return string */
function bothWays(string $code, string $before = ''): string
{
    $root = Site::make();
    $library = Site::php($root, $code, [], $before);
    $program = Site::php($root, $code, ['ffi.enable=0'], $before);
    Check::same($library, $program, 'output without FFI');
    return $library;
}

return [
    'an unknown job ends with the core\'s class, code and sentences' => static function (): void {
        $out = bothWays('try { Provisor\Job::run("onapp.brew", []); } catch (Provisor\JobFailed $e) {'
            . ' echo $e->class, "|", $e->problem, "|", $e->getMessage(); }');
        Check::same('-201|config.job|', substr($out, 0, 16));
        Check::contains('Nothing was started.', $out);
    },
    'which way is used can be told' => static function (): void {
        $root = Site::make();
        $code = 'try { Provisor\Job::run("onapp.brew", []); } catch (Provisor\JobFailed) {}'
            . ' echo Provisor\Session::way();';
        Check::true(preg_match('/^library \d/', Site::php($root, $code)) === 1, 'the library is preferred');
        Check::contains('program', Site::php($root, $code, ['ffi.enable=0']));
    },
    'text that is not UTF-8 is replaced and reported with its place' => static function (): void {
        $root = Site::make();
        $out = Site::php($root, 'try { Provisor\Job::run("onapp.brew", ["service" => ["domain" => "m\xfcnchen"]]); }'
            . ' catch (Provisor\JobFailed $e) { echo $e->problem; }', [], 'function logActivity($t) { echo $t, "\n"; }');
        Check::contains('input.service.domain', $out);
        Check::contains('config.job', $out);
        Check::lacks("\xfc", $out);
    },
    'planted secrets are in no log, whichever way they come' => static function (): void {
        $before = 'function logActivity($t) { echo "A ", $t, "\n"; } function logModuleCall(...$a) { $m = array_pop($a);'
            . ' echo "M ", json_encode($a), "\nmasked: ", json_encode($m), "\n"; }';
        $out = bothWays('$journal = new Provisor\Journal("onapp.create", ["server" => ["password" => ["secret" =>'
            . ' "p1anted"], "access_hash" => ["secret" => ""]]]); $journal->learn(["rows" => [["pass" => ["secret" =>'
            . ' "4242424"]]]]); $journal->note("warning", "x", "the panel said p1anted and 4242424");'
            . ' $journal->close(["echo" => ["secret" => "p1anted"]]);', $before);
        $logged = preg_replace('/^masked: .*$/m', '', $out);
        Check::lacks('p1anted', (string) $logged);
        Check::lacks('4242424', (string) $logged);
        Check::contains('masked: ["p1anted","4242424"]', $out);
    },
    'a log that cannot be written makes no work that is done a failure' => static function (): void {
        $before = 'function logActivity($t) { throw new RuntimeException; } function logModuleCall() { throw new RuntimeException; }'
            . ' function add_hook($point, $n, $f) { global $hooks; $hooks[$point] = $f; }';
        $out = bothWays('echo count(Provisor\Job::run("onapp.settings", [])["fields"]), "\n";'
            . ' $journal = new Provisor\Journal("onapp.x", []); $journal->note("warning", "x", "told"); echo $journal->told()[0];'
            . ' try { Provisor\Job::run("onapp.brew", []); } catch (Provisor\JobFailed $e) { echo "\n", $e->problem; }', $before);
        Check::same("24\nwarning: told (x)\nconfig.job", $out);
        $root = Site::make(library: false, program: false);
        $out = Site::php($root, "foreach (['onapp', 'singlehop', 'backupserver'] as \$module) {"
            . " require \"$root/modules/servers/\$module/hooks.php\"; foreach (\$hooks as \$hook) { \$hook(); } } echo 'alive';", [], $before);
        Check::same('alive', $out);
    },
    'sessions of one request do not mix, and a request that dies leaves none open' => static function (): void {
        $out = bothWays('$config = fn ($job) => json_encode(["v" => 1, "job" => $job, "now" => "2026-01-01T00:00:00Z"]);'
            . ' $a = Provisor\Session::open($config("a.b")); $b = Provisor\Session::open("{}");'
            . ' $c = Provisor\Session::open("{}"); echo $a->step(null)[0], json_decode($b->step(null)[1], true)["error"]'
            . '["code"]; unset($a); echo "end"; exit(0);');
        Check::same('-201config.shapeend', $out);
    },
    'an unexpected error of PHP names its place and not its text' => static function (): void {
        $out = bothWays('echo Provisor\Entry::sentence(new RuntimeException("the password is p1anted"));');
        Check::lacks('p1anted', $out);
        Check::contains('RuntimeException at ', $out);
    },
    'the module\'s functions answer in WHMCS\'s shapes when the core cannot be reached' => static function (): void {
        $root = Site::make(library: false, program: false);
        $out = Site::php($root, "require '$root/modules/servers/onapp/onapp.php'; \$o = onapp_ConfigOptions();"
            . ' echo count($o), $o["option1"]["Description"], "\n"; foreach (["Create", "Suspend", "Unsuspend",'
            . ' "Terminate"] as $v) { echo substr(("onapp_{$v}Account")(["serviceid" => 1]), 0, 36), "\n"; }'
            . ' echo json_encode(onapp_TestConnection([])["success"]), json_encode(onapp_ClientArea(["serviceid" => 1]));'
            . ' onapp_UsageUpdate(["serverid" => 1]);');
        Check::contains('24The provisor core cannot be reached', $out);
        Check::same(4, substr_count($out, "\nThe provisor core cannot be reached"));
        Check::contains('These details cannot be shown', $out);
        Check::lacks('library', (string) strstr($out, 'These details'));
    },
    'no hook ever throws and the activity log tells why it did nothing' => static function (): void {
        $root = Site::make(library: false, program: false);
        $out = Site::php($root, "require '$root/modules/servers/onapp/hooks.php';"
            . " foreach (\$hooks as \$point => \$hook) { echo \$point, \"\n\"; \$hook(); } echo 'alive';", [], 'function'
            . ' add_hook($point, $n, $f) { global $hooks; $hooks[$point] = $f; }'
            . ' function logActivity($t) { echo $t, "\n"; }');
        Check::contains("AfterCronJob\nProvisor: The provisor core cannot be reached", $out);
        Check::contains("DailyCronJob\nProvisor onapp.collect: The provisor core cannot be reached", $out);
        Check::contains('alive', $out);
    },
    'the cron is refused over the web, explains itself, and fails with a status' => static function (): void {
        $root = Site::make(library: false, program: false);
        file_put_contents("$root/init.php", "<?php define('WHMCS', true); ini_set('display_errors', '1');");
        $cron = "$root/modules/servers/onapp/cron_bandwidth.php";
        [, $out] = Site::run(['php', $cron], ['REQUEST_METHOD' => 'GET', 'PATH' => (string) getenv('PATH')]);
        Check::contains('Run it from the command line', $out);
        Check::lacks('onapp.', $out);
        [$status, $out] = Site::run(['php', $cron, '--nonsense']);
        Check::same(2, $status);
        Check::contains('usage:', $out);
        [$status, $out] = Site::run(['php', $cron]);
        Check::same(1, $status);
        foreach (['FAILED onapp.settle: ', 'FAILED onapp.collect: ', 'FAILED onapp.bill: '] as $line) {
            Check::contains($line, $out);
        }
        Check::lacks('settle', Site::run(['php', $cron, '--dry-run'])[1]);
    },
];
