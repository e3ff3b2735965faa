<?php

/** The documented usage class. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Metrics;

use WHMCS\Carbon;
use WHMCS\UsageBilling\Contracts\Metrics\UsageInterface;

class Usage implements UsageInterface
{
    public function __construct(
        private $value,
        private $collectedAt = null,
        private $startAt = null,
        private $endAt = null
    ) {
        $this->collectedAt ??= Carbon::now();
        $this->startAt ??= Carbon::now()->startOfMonth();
        $this->endAt ??= Carbon::now()->endOfMonth();
    }

    public function value()
    {
        return $this->value;
    }

    public function collectedAt()
    {
        return $this->collectedAt;
    }

    public function startAt()
    {
        return $this->startAt;
    }

    public function endAt()
    {
        return $this->endAt;
    }
}
