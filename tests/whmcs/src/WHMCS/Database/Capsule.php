<?php

/** The documented database access. Follows whmcs-contract.md 5.1. */

declare(strict_types=1);

namespace WHMCS\Database;

class Capsule extends \Illuminate\Database\Capsule\Manager
{
}
