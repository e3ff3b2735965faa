<?php

/** serve: the client area and the few admin pages in a browser. */

declare(strict_types=1);

use StandIn\Cli\Args;
use StandIn\Cli\Command;
use StandIn\Serve;

return [
    new Command('serve', 'serve the pages on 127.0.0.1; prints the address and one-time log-in addresses', [
        'port N' => '0: any free port (0)',
        'php NAME=VALUE...' => 'a php.ini setting of the web server',
    ], static fn (Args $args): int => Serve::run($args->int('port'), $args->all('php'))),
];
