<?php

/** An action on the client's home page. Follows whmcs-contract.md 1.10. */

declare(strict_types=1);

namespace WHMCS\Module\Server;

class CustomAction
{
    /** @param array<mixed> $params @param list<string> $permissions */
    private function __construct(
        public readonly string $identifier,
        public readonly string $display,
        private readonly \Closure $callable,
        private readonly array $params,
        public readonly array $permissions,
        public readonly bool $active
    ) {
    }

    /** @param array<mixed> $params @param list<string> $permissions */
    public static function factory(
        string $identifier,
        string $display,
        callable $callable,
        array $params = [],
        array $permissions = [],
        bool $active = true,
        bool $allowSamePage = false,
        bool $preferIsolation = false
    ): self {
        return new self($identifier, $display, \Closure::fromCallable($callable), $params, $permissions, $active);
    }

    /** @return array<string, mixed> success and redirectTo, or errorMsg */
    public function invoke(): array
    {
        return ($this->callable)(...$this->params);
    }
}
