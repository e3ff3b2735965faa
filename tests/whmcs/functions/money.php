<?php

/** getCurrency, formatCurrency, getTaxRate. Follows whmcs-contract.md 4.5. */

declare(strict_types=1);

use StandIn\Money;
use WHMCS\Database\Capsule;
use WHMCS\View\Formatter\Price;

/** @return array<string, mixed> */
function getCurrency(int|string $clientId = 0, int|string $currencyId = 0): array
{
    return (array) ((int) $clientId > 0
        ? Money::currencyOfClient((int) $clientId)
        : Money::currency((int) $currencyId));
}

function formatCurrency(float|int|string $amount, int|string $currencyId = 0): Price
{
    return new Price((float) $amount, getCurrency(0, (int) $currencyId));
}

/** @return array{name: string, rate: string} */
function getTaxRate(int|string $level, string $state, string $country): array
{
    $tax = StandIn\Billing\Tax::row((int) $level, $state, $country);
    return ['name' => (string) ($tax->name ?? ''), 'rate' => (string) ($tax->taxrate ?? '0')];
}
