<?php

declare(strict_types=1);

namespace Provisor;

/**
 * Runs one job of the core to its end: takes an op, lets WhmcsHost answer it, hands the reply back. It decides
 * nothing. Killed between two steps, it leaves a consistent state; the same job run again goes on from there.
 */
final class Job
{
    /**
     * @param array<string, mixed> $input  as each job's documentation says
     * @param array<string, int>   $limits see Settings::limits
     * @param bool                 $page   the job only reads: see WhmcsHost
     * @return array<string, mixed> the job's report, and as `log` the warnings and errors on its way
     * @throws JobFailed
     */
    public static function run(string $job, array $input, array $limits = [], bool $page = false): array
    {
        $journal = new Journal($job, $input);
        try {
            $report = self::converse($job, $input, $limits + Settings::limits(), $journal, $page);
            $journal->close($report);
            return $report + ['log' => $journal->told()];
        } catch (\Throwable $e) {
            $failed = match (true) {
                $e instanceof JobFailed => $e,
                $e instanceof Unavailable => new JobFailed(-202, $e->problem, $e->getMessage()),
                default => new JobFailed(-901, 'php.' . self::kind($e), 'The PHP side failed: ' . self::place($e)
                    . '. The work stopped there; what is already done is not done twice. Run it again, and report'
                    . ' this.'),
            };
            $journal->close($failed->getMessage() . " ({$failed->problem})");
            throw $failed;
        }
    }

    /** Where an unexpected error arose: class, file and line. Its message may quote values, so it stays out. */
    public static function place(\Throwable $e): string
    {
        return self::kind($e) . ' at ' . basename($e->getFile()) . ':' . $e->getLine();
    }

    private static function kind(\Throwable $e): string
    {
        $class = get_class($e);
        return substr($class, (int) strrpos('\\' . $class, '\\'));
    }

    /**
     * @param array<string, mixed> $input
     * @param array<string, int>   $limits
     * @return array<string, mixed>
     */
    private static function converse(string $job, array $input, array $limits, Journal $journal, bool $page): array
    {
        $repaired = static fn (string $place) => $journal->note('warning', 'host.not_utf8', "The text of $place is not"
            . ' UTF-8; what could not be read was replaced.');
        $config = ['v' => 1, 'job' => $job, 'now' => self::now(), 'limits' => $limits, 'input' => $input];
        $session = Session::open(Json::write($config, $repaired));
        if (!$page && ($fault = Session::fault()) !== null) {
            $journal->note('warning', $fault->problem, $fault->getMessage() . ' Until then each job starts the program'
                . ' beside it, which takes longer.');
        }
        $host = null;
        $reply = null;
        $refused = false;
        while (true) {
            [$class, $text] = $session->step($reply);
            $told = Json::read($text);
            $journal->learn($told);
            $journal->entries($told['log'] ?? []);
            if ($class === 0) {
                return $told['report'] ?? [];
            }
            if ($class < 0) {
                $error = $told['error'] ?? [];
                if ($class > -200 && $class <= -100 && $reply !== null && !$refused) {
                    // Our reply was refused and the op is still owed: the job learns why instead of a value.
                    $refused = true;
                    $reply = self::error($id, 'host.reply_refused', $error['message'] ?? '', $repaired);
                    continue;
                }
                throw new JobFailed($class, $error['code'] ?? '', trim(implode(' ', [
                    $error['message'] ?? '', $error['unchanged'] ?? '', $error['next'] ?? '',
                ])));
            }
            $refused = false;
            $id = (string) $told['id'];
            try {
                $host ??= new WhmcsHost($page);
                $value = $host->answer((string) $told['op'], $told['args'] ?? []);
                $journal->learn($value);
                $reply = Json::write(
                    ['v' => 1, 'id' => $id, 'now' => $host->clock((string) $told['op']), 'value' => $value],
                    $repaired
                );
            } catch (\Throwable $e) {
                [$code, $message] = WhmcsHost::explain($e);
                $reply = self::error($id, $code, $message, $repaired);
            }
        }
    }

    private static function error(string $id, string $code, string $message, callable $repaired): string
    {
        return Json::write(['v' => 1, 'id' => $id, 'error' => ['code' => $code, 'message' => $message]], $repaired);
    }

    /** The present moment of a job: WHMCS's own clock. */
    private static function now(): string
    {
        return class_exists(\WHMCS\Carbon::class)
            ? \WHMCS\Carbon::now('UTC')->format('Y-m-d\TH:i:s\Z')
            : gmdate('Y-m-d\TH:i:s\Z');
    }
}
