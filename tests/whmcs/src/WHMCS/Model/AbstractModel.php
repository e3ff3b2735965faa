<?php

/** What the documented model classes share. Follows whmcs-contract.md 5.3 (Eloquent semantics, attribute aliases). */

declare(strict_types=1);

namespace WHMCS\Model;

use Illuminate\Database\Eloquent\Model;

abstract class AbstractModel extends Model
{
    /** @var array<string, string> alias => column */
    protected const ALIASES = [];

    protected $guarded = [];

    public function getAttribute($key)
    {
        return parent::getAttribute(static::ALIASES[$key] ?? $key);
    }

    public function setAttribute($key, $value)
    {
        return parent::setAttribute(static::ALIASES[$key] ?? $key, $value);
    }
}
