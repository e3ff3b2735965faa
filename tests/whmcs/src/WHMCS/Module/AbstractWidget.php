<?php

/** A widget of the admin home page. Follows whmcs-contract.md 2.8. */

declare(strict_types=1);

namespace WHMCS\Module;

abstract class AbstractWidget
{
    protected $title = '';
    protected $description = '';
    protected $weight = 150;
    protected $columns = 1;
    protected $cache = false;
    protected $cacheExpiry = 120;
    protected $requiredPermission = '';

    /** @return array<mixed> */
    abstract public function getData();

    abstract public function generateOutput($data);
}
