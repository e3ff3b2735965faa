<?php

declare(strict_types=1);

namespace Provisor;

/** WHMCS could not answer an op. Code and message go to the core; both are safe to show to staff. */
final class HostError extends \RuntimeException
{
    public function __construct(public readonly string $problem, string $message)
    {
        parent::__construct($message);
    }
}
