<?php

/** Planted passwords are looked for wherever anything may have written them. */

declare(strict_types=1);

use Provisor\Hazards\{Promise, World};

return ['planted passwords' => static function (): void {
    $tag = 'planted-in-the-access-hash-7f3a';
    $root = 'RootPw-Planted-8c1d';
    $w = new World('2026-01-10T08:00:00Z', ['read_seconds' => 3, 'lease_seconds' => 2], "<note>$tag</note>");
    $w->setting('ModuleDebugMode', 'on');
    $product = $w->product();
    $w->try('module', '--server', '1', '--action', 'testconnection');
    $service = $w->order($w->client('ada@example.com'), $product, 'vm.example.com', '--password', $root);
    $w->advance(1800);
    $w->cron();
    $w->clock('2026-02-10T01:00:00Z');
    $w->traffic($service, '2026-01-10T09:00:00Z', '2026-02-09T23:00:00Z', 4000);
    $w->cron();
    Promise::same(1, count($w->invoices()), 'the main job went well');
    $w->module($service, 'suspend');
    $w->advance(300);
    $w->module($service, 'unsuspend');
    $w->advance(300);

    // Now the panel fails in every way, first as the simulator does, then with pages that quote what they were sent.
    $more = $w->order($w->client('bob@example.com'), $product, 'second.example.com', '--password', "$root-2");
    $w->module($more, 'suspend');
    $everything = static function (string $email) use ($w, $service, $product, $root): void {
        $w->run('DELETE FROM mod_provisor_servers');
        $w->try('module', '--server', '1', '--action', 'testconnection');
        foreach (['suspend', 'unsuspend', 'terminate'] as $action) {
            $w->module($service, $action, '--automatic');
        }
        $w->order($w->client($email), $product, "$email.example.com", '--password', "$root-3");
        $w->cron();
        $w->try('cron');
    };
    foreach (World::$quick ? ['html_login'] : ['html_500', 'html_login', 'reset_after', 'truncated'] as $n => $fault) {
        $w->panel->faults(['kind' => $fault]);
        $everything("fault$n@example.com");
    }
    $w->panel->faults();
    $quoting = "$w->root/storage/quoting";
    // The system gives it a free port, which it tells on its own output.
    $server = proc_open([PHP_BINARY, '-S', '127.0.0.1:0', dirname(__DIR__) . '/src/quoting.php'], [['file',
        '/dev/null', 'r'], ['file', '/dev/null', 'w'], ['file', "$quoting.log", 'w']], $pipes, null, ['QUOTING' => $quoting]);
    try {
        for ($i = 0, $port = 0; $i < 600 && $port === 0; $i++) {
            usleep(50_000);
            preg_match('~:(\d+)\) started~', (string) file_get_contents("$quoting.log"), $part);
            $port = (int) ($part[1] ?? 0);
        }
        Promise::same(true, $port > 0, 'the quoting panel listens');
        foreach (World::$quick ? ['422', '401'] : ['422', 'html_500', 'html_200', '401', 'json_200'] as $n => $how) {
            file_put_contents($quoting, $how);
            // Once with the version known, so that the verbs themselves meet the page; once without.
            $w->run("UPDATE tblservers SET port = $port");
            $everything("quote$n@example.com");
            $w->run('DELETE FROM mod_provisor_servers');
            // The address as one where the machines were seen, so that orders go as far as making a user.
            $w->run("UPDATE mod_provisor_services SET address = REPLACE(address, ':{$w->panel->port}', ':$port')");
            $w->run("INSERT INTO mod_provisor_servers (module, server_id, address, version, seen_at) SELECT 'onapp', 1,"
                . " address, '6.5', '" . $w->now() . "' FROM mod_provisor_services WHERE address IS NOT NULL LIMIT 1");
            foreach (['suspend', 'terminate'] as $action) {
                $w->module($service, $action, '--automatic');
            }
            $w->order($w->client("known$n@example.com"), $product, "known$n.example.com", '--password', "$root-3");
            $w->cron();
        }
    } finally {
        proc_terminate($server);
        proc_close($server);
    }
    unlink($quoting);
    $w->run("UPDATE tblservers SET port = {$w->panel->port}");
    $w->run('DELETE FROM mod_provisor_servers');

    // Pages of clients and staff.
    $pages = 0;
    foreach ($w->serve() as $line) {
        if (preg_match('~http://\S+~', $line, $url) === 1) {
            $page = $w->fetch($url[0]);
            $pages += strlen($page) > 200 ? 1 : 0;
            if (str_starts_with($line, 'staff')) {
                $base = substr($url[0], 0, (int) strpos($url[0], '/', 8));
                foreach (["clientsservices.php?id=$service", 'configproducts.php?id=1', 'index.php'] as $path) {
                    $pages += strlen($w->fetch("$base/admin/$path")) > 200 ? 1 : 0;
                }
            }
        }
    }
    Promise::holds($pages >= 4, "$pages pages of clients and staff were fetched");

    // What was planted, and what the module made itself.
    $secrets = $w->revealed();
    Promise::holds(count($secrets) >= 6, count($secrets) . ' passwords were made or given');
    array_push($secrets, $w->panel->password, $tag);
    $forms = [];
    foreach ($secrets as $secret) {
        foreach ([$secret, base64_encode($secret), rawurlencode($secret), htmlspecialchars($secret, ENT_QUOTES),
            trim((string) json_encode($secret), '"'), base64_encode("{$w->panel->user}:$secret")] as $form) {
            $forms[$form] = $secret;
        }
    }
    foreach ($w->sql('SELECT email, password FROM tblonappclients') as $user) {
        $forms += array_fill_keys(array_map(static fn (string $s) => base64_encode("$user[email]:$s"), $secrets), '');
    }
    $hits = static function (string $text) use ($forms): array {
        return array_keys(array_filter($forms, static fn (string $s, string $form) => str_contains($text, $form),
            ARRAY_FILTER_USE_BOTH));
    };
    $leaks = [];
    foreach ($w->texts() as $file => $text) {
        foreach ($hits($text) as $form) {
            $at = max(0, (int) strpos($text, (string) $form) - 120);
            $leaks[] = "$file: " . substr($text, $at, 200);
        }
    }
    Promise::same([], $leaks, 'no output of a cron or an action, no page, no PHP error log shows a password');
    $tables = World::$database === 'sqlite'
        ? array_column($w->sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"), 'name')
        : array_map(static fn (array $row) => (string) current($row), $w->sql('SHOW TABLES'));
    $leaks = [];
    $mails = 0;
    foreach ($tables as $table) {
        foreach ($w->sql("SELECT * FROM `$table`") as $row) {
            foreach ($row as $column => $value) {
                foreach ($hits((string) $value) as $form) {
                    $secret = $forms[$form];
                    // Where WHMCS itself keeps it: the access hash as it is, and the VM's own password, which is the
                    // host's service password field, in WHMCS's own welcome e-mail (decision 5).
                    if ("$table.$column" === 'tblservers.accesshash' && $secret === $tag) {
                        continue;
                    }
                    if ("$table.$column" === 'tblemails.message' && $row['subject'] === 'New server information') {
                        $mails++;
                        continue;
                    }
                    $leaks[] = "$table.$column: " . substr((string) $value, max(0, (int) strpos((string) $value,
                        (string) $form) - 120), 200);
                }
            }
        }
    }
    Promise::same([], array_values(array_unique($leaks)), 'no row of any table, logs, queue and e-mails included, shows'
        . ' one');
    Promise::holds($mails > 0, 'the search finds what is there: the welcome e-mail names the VM\'s own password');
    $logged = (int) $w->value('SELECT COUNT(*) FROM tblmodulelog');
    Promise::holds($logged > 20, "$logged entries of the module log were searched");
    Promise::holds((int) $w->value("SELECT COUNT(*) FROM tblactivitylog WHERE description LIKE '%OnApp%'") > 5,
        'and an activity log that tells of failures');
}];
