<?php

declare(strict_types=1);

namespace Provisor;

/** The core cannot be reached in one way: which way of failing it is, and the sentence with the cure. */
final class Unavailable extends \RuntimeException
{
    public function __construct(public readonly string $problem, string $message)
    {
        parent::__construct($message);
    }
}
