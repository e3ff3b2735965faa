<?php

/** The documented service states. Follows whmcs-contract.md 1.18 and 5.2. */

declare(strict_types=1);

namespace WHMCS\Service;

class Status
{
    public const PENDING = 'Pending';
    public const ACTIVE = 'Active';
    public const SUSPENDED = 'Suspended';
    public const TERMINATED = 'Terminated';
    public const CANCELLED = 'Cancelled';
    public const FRAUD = 'Fraud';
    public const COMPLETED = 'Completed';
}
