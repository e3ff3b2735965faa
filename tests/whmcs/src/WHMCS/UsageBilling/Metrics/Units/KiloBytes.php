<?php

/** A documented unit. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Metrics\Units;

class KiloBytes extends FloatingPoint
{
    public function __construct($name = 'KiloBytes', ...$rest)
    {
        parent::__construct($name, ...$rest);
    }
}
