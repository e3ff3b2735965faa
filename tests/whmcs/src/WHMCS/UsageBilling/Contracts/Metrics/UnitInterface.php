<?php

/** The unit of a metric. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Contracts\Metrics;

interface UnitInterface
{
    public const TYPE_CURRENCY = 'currency';
    public const TYPE_FLOAT_PRECISION_LOW = 'float_precision_low';
    public const TYPE_FLOAT_PRECISION_HIGH = 'float_precision_high';
    public const TYPE_INT = 'int';
    public const TYPE_MICROTIME = 'microtime';

    public function name();

    public function perUnitName($value = 0);

    public function prefix();

    public function suffix();

    public function type();

    public function decorate($value);

    public function formatForType($value);

    public function roundForType($value);
}
