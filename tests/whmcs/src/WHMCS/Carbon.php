<?php

/**
 * The documented date class. Follows whmcs-contract.md 4.5. Its now() is the stand-in's clock, which StandIn\Clock
 * sets through Carbon's own test moment.
 */

declare(strict_types=1);

namespace WHMCS;

class Carbon extends \Carbon\Carbon
{
}
