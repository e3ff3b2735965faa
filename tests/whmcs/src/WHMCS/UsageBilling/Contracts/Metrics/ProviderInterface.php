<?php

/** Usage metrics of a module. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Contracts\Metrics;

interface ProviderInterface
{
    /** @return MetricInterface[] */
    public function metrics();

    /** @return array<string, MetricInterface[]> by tenant key */
    public function usage();

    /** @return MetricInterface[] */
    public function tenantUsage($tenant);
}
