<?php

/** A formatted amount that casts to text. Follows whmcs-contract.md 4.5 (formatCurrency). */

declare(strict_types=1);

namespace WHMCS\View\Formatter;

class Price
{
    /** @param array<string, mixed> $currency */
    public function __construct(private readonly float $amount, private readonly array $currency)
    {
    }

    public function toNumeric(): float
    {
        return $this->amount;
    }

    public function toFull(): string
    {
        return \StandIn\Money::format($this->amount, (int) $this->currency['id']);
    }

    public function __toString(): string
    {
        return $this->toFull();
    }
}
