<?php

declare(strict_types=1);

namespace Provisor;

// Opened on its own, this file has no autoloader: it says nothing.
interface_exists(Stepper::class) || exit;

/** A running job inside the `provisor` program: the same messages as lines on its input and output. No FFI needed. */
final class Process implements Stepper
{
    /** @var resource */
    private $process;

    /** @var array<int, resource> */
    private array $pipes = [];

    public function __construct(private string $config)
    {
        $file = self::file();
        foreach (['proc_open', 'proc_close'] as $name) {
            function_exists($name) || throw new Unavailable('program.proc_open', 'PHP\'s setting disable_functions'
                . " forbids $name. Remove it from that list in php.ini.");
        }
        if (!is_file($file)) {
            throw new Unavailable('program.file_missing', "There is no $file that PHP can see. Copy the folder"
                . ' includes/provisor whole, with its folder lib; with open_basedir, name it there.');
        }
        if (!is_executable($file)) {
            throw new Unavailable('program.not_executable', "PHP's user may not run $file. Set its permissions to 755"
                . ' and keep it on a disk that is not mounted noexec.');
        }
        $process = @proc_open(
            [$file, 'session'],
            // It writes no errors, and would go on if it did: a file such as /dev/null would have to be in open_basedir.
            [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']],
            $this->pipes,
            dirname($file),
            []
        );
        if ($process === false) {
            throw new Unavailable('program.not_started', "The system did not start $file. See that it is the file of"
                . ' this machine and that PHP may start another process.');
        }
        $this->process = $process;
        fclose($this->pipes[2]);
        unset($this->pipes[2]);
    }

    public function __destruct()
    {
        array_map('fclose', $this->pipes);
        if (isset($this->process)) {
            proc_close($this->process);
        }
    }

    public static function file(): string
    {
        class_exists(Library::class, false) || require_once __DIR__ . '/Library.php';
        // The library's class may be another site's, which was preloaded.
        return __DIR__ . '/lib/' . basename(Library::folder()) . '/provisor';
    }

    public function step(?string $reply): array
    {
        $sent = @fwrite($this->pipes[0], ($reply ?? $this->config) . "\n");
        $this->config = '';
        $line = $sent === false ? false : fgets($this->pipes[1]);
        if ($line === false) {
            throw new JobFailed(-901, 'program.ended', 'The program ' . self::file() . ' ended without an answer. The'
                . ' work stopped there; what is already done is not done twice. Run it again.');
        }
        $told = json_decode($line, true);
        if (isset($told['op'])) {
            return [1, $line];
        }
        return [isset($told['report']) ? 0 : (int) ($told['error']['class'] ?? -901), $line];
    }
}
