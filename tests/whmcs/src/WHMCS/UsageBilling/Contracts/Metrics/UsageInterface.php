<?php

/** One figure of a metric. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Contracts\Metrics;

interface UsageInterface
{
    public function value();

    public function collectedAt();

    public function startAt();

    public function endAt();
}
