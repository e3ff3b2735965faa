<?php

/** What the documented units share. Follows whmcs-contract.md 1.14. */

declare(strict_types=1);

namespace WHMCS\UsageBilling\Metrics\Units;

use WHMCS\UsageBilling\Contracts\Metrics\UnitInterface;

abstract class AbstractUnit implements UnitInterface
{
    protected const TYPE = self::TYPE_INT;

    public function __construct(
        protected $name = 'Unit',
        protected $singular = null,
        protected $plural = null,
        protected $prefix = null,
        protected $suffix = null
    ) {
    }

    public function name()
    {
        return $this->name;
    }

    public function perUnitName($value = 0)
    {
        return (float) $value === 1.0 ? ($this->singular ?? $this->name) : ($this->plural ?? $this->name);
    }

    public function prefix()
    {
        return $this->prefix;
    }

    public function suffix()
    {
        return $this->suffix;
    }

    public function type()
    {
        return static::TYPE;
    }

    public function decorate($value)
    {
        return trim("$this->prefix $value $this->suffix");
    }

    public function formatForType($value)
    {
        return (string) $this->roundForType($value);
    }

    public function roundForType($value)
    {
        return static::TYPE === self::TYPE_INT ? (int) round((float) $value) : round((float) $value, 6);
    }
}
