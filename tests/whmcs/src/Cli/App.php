<?php

/** The command line: finds the command's file in cli/, reads its options, starts the root, turns refusals into text. */

declare(strict_types=1);

namespace StandIn\Cli;

use StandIn\Refusal;

require_once __DIR__ . '/../autoload.php';

final class App
{
    /** @param list<string> $words */
    public static function main(array $words): int
    {
        $name = array_shift($words) ?? '--help';
        $commands = self::commands();
        if (in_array($name, ['--help', '-h', 'help'], true)) {
            self::listCommands($commands);
            return 0;
        }
        $command = $commands[$name] ?? null;
        if ($command === null) {
            fwrite(STDERR, "there is no command \"$name\"; whmcs --help lists them\n");
            return 2;
        }
        if (in_array('--help', $words, true)) {
            echo $command->help();
            return 0;
        }
        try {
            $args = Args::parse($words, $command);
        } catch (Refusal $refusal) {
            fwrite(STDERR, $refusal->getMessage() . "; whmcs $name --help explains the options\n");
            return 2;
        }
        return self::run($command, $args);
    }

    private static function run(Command $command, Args $args): int
    {
        try {
            if ($command->needsRoot) {
                self::start($args);
            }
            return ($command->run)($args) ?? 0;
        } catch (Refusal $refusal) {
            fwrite(STDERR, $refusal->getMessage() . "\n");
            return 1;
        } catch (\Throwable $error) {
            fwrite(STDERR, $error::class . ": {$error->getMessage()}\n{$error->getTraceAsString()}\n");
            return 3;
        }
    }

    /** --as: which of the contexts of whmcs-contract.md 10 the work runs in. */
    private static function start(Args $args): void
    {
        $root = realpath($args->get('root', './whmcs-root'));
        if ($root === false || !is_file($root . '/init.php')) {
            throw new Refusal('no WHMCS root at ' . $args->get('root', './whmcs-root') . '; run whmcs install first');
        }
        $as = $args->get('as', 'cron');
        match ($as) {
            'admin' => define('ADMINAREA', true),
            'client' => define('CLIENTAREA', true),
            'cron', 'api' => true,
            default => throw new Refusal("--as is \"$as\"; it must be admin, client, cron or api"),
        };
        $_SESSION = $as === 'admin' ? ['adminid' => 1] : [];
        require $root . '/init.php';
    }

    /** @return array<string, Command> */
    private static function commands(): array
    {
        $commands = [];
        foreach (glob(__DIR__ . '/../../cli/*.php') ?: [] as $file) {
            foreach (require $file as $command) {
                $commands[$command->name] = $command;
            }
        }
        ksort($commands);
        return $commands;
    }

    /** @param array<string, Command> $commands */
    private static function listCommands(array $commands): void
    {
        echo "A stand-in for WHMCS. Usage: whmcs COMMAND [--root DIR] [options]; COMMAND --help explains.\n\n";
        foreach ($commands as $command) {
            printf("  %-14s %s\n", $command->name, $command->summary);
        }
    }
}
