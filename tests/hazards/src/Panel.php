<?php

declare(strict_types=1);

namespace Provisor\Hazards;

/** A simulated control panel in a process of its own, and its control paths. It ends with us. */
final class Panel
{
    public readonly string $url;
    public readonly int $port;
    public readonly string $user;
    public readonly string $password;

    /** @var resource */
    private $process;

    /** @var array<int, resource> */
    private array $pipes = [];

    public function __construct(string $start, string $version = '6.5')
    {
        $this->process = proc_open(
            [World::$simulator, '--onapp', '127.0.0.1:0', '--onapp-version', $version, '--start', $start, '--seed',
                (string) (World::$seed + 1), '--with-parent'],
            [['pipe', 'r'], ['pipe', 'w'], ['file', '/dev/null', 'w']],
            $this->pipes
        );
        $told = json_decode((string) fgets($this->pipes[1]), true);
        $this->url = $told['url'];
        $this->port = (int) parse_url($told['url'], PHP_URL_PORT);
        $this->user = $told['user'];
        $this->password = $told['password'];
    }

    public function close(): void
    {
        if (isset($this->process)) {
            proc_terminate($this->process, SIGKILL);
            array_map(fclose(...), $this->pipes);
            proc_close($this->process);
            unset($this->process);
        }
    }

    /** Stands still, as a machine that hangs. */
    public function signal(int $signal): void
    {
        proc_terminate($this->process, $signal);
    }

    public function get(string $path): mixed
    {
        return $this->call($path, null);
    }

    public function post(string $path, mixed $body = []): mixed
    {
        return $this->call($path, (string) json_encode($body));
    }

    /** @param array<string, mixed> ...$rules */
    public function faults(array ...$rules): void
    {
        $this->post('faults', $rules);
    }

    /** @return list<array<string, mixed>> requests of the module since the last clear */
    public function requests(): array
    {
        return $this->get('requests')['requests'] ?? $this->get('requests');
    }

    /** @return list<array<string, mixed>> VMs that were ever made for anybody, or the living ones */
    public function vms(bool $living = true): array
    {
        $vms = $this->get('state')['vms'];
        return array_values(array_filter($vms, static fn (array $vm) => !$living || $vm['deleted_at'] === null));
    }

    /** @return list<array<string, mixed>> users but the admin */
    public function users(): array
    {
        return array_values(array_filter(
            $this->get('state')['users'],
            static fn (array $user) => $user['id'] !== 1 && $user['status'] !== 'erased'
        ));
    }

    private function call(string $path, ?string $body): mixed
    {
        $context = stream_context_create(['http' => ['method' => $body === null ? 'GET' : 'POST',
            'content' => (string) $body, 'header' => 'Content-Type: application/json', 'ignore_errors' => true,
            'timeout' => 30]]);
        $answer = file_get_contents("$this->url/_sim/$path", false, $context);
        if ($answer === false || !str_contains($http_response_header[0] ?? '', ' 200')) {
            throw new \RuntimeException("the simulator refused $path: $answer");
        }
        return json_decode($answer, true);
    }
}
