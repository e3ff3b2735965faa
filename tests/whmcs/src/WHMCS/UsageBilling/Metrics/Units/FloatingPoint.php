<?php

/** A documented unit. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Metrics\Units;

class FloatingPoint extends AbstractUnit
{
    protected const TYPE = self::TYPE_FLOAT_PRECISION_LOW;
}
