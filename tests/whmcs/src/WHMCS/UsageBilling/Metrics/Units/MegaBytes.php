<?php

/** A documented unit. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Metrics\Units;

class MegaBytes extends FloatingPoint
{
    public function __construct($name = 'MegaBytes', ...$rest)
    {
        parent::__construct($name, ...$rest);
    }
}
