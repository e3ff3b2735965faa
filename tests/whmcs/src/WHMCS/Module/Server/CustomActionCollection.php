<?php

/** What NAME_CustomActions returns. Follows whmcs-contract.md 1.10. */

declare(strict_types=1);

namespace WHMCS\Module\Server;

/** @implements \IteratorAggregate<int, CustomAction> */
class CustomActionCollection implements \IteratorAggregate
{
    /** @var list<CustomAction> */
    private array $actions = [];

    public function add(CustomAction $action): self
    {
        $this->actions[] = $action;
        return $this;
    }

    /** @return \ArrayIterator<int, CustomAction> */
    public function getIterator(): \ArrayIterator
    {
        return new \ArrayIterator($this->actions);
    }
}
