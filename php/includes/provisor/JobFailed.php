<?php

declare(strict_types=1);

namespace Provisor;

/**
 * A job ended without success. The message is for staff: what failed, what was left unchanged, what to do next. It
 * holds no secret.
 */
final class JobFailed extends \RuntimeException
{
    /**
     * @param int    $class   the error class of provisor.h, such as -301
     * @param string $problem the stable code, such as host.database
     */
    public function __construct(public readonly int $class, public readonly string $problem, string $message)
    {
        parent::__construct($message);
    }
}
