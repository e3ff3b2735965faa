<?php

/**
 * Modules include this file for ModuleBuildParams and the server*account functions (whmcs-contract.md 4.5); here
 * init.php has them already.
 */

declare(strict_types=1);
