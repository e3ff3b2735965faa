<?php

/** A menu entry. Follows whmcs-contract.md 6.7: children by name (null when missing), chainable setters. */

declare(strict_types=1);

namespace WHMCS\View\Menu;

class Item
{
    /** @var array<string, Item> */
    private array $children = [];

    /** @var array<string, mixed> label, uri, order, icon, badge, class, attributes, extra, bodyHtml, footerHtml */
    private array $values;

    /** @param array<string, mixed> $options */
    public function __construct(private string $name, array $options = [])
    {
        $this->values = $options + ['label' => $name, 'uri' => '', 'order' => 0, 'icon' => '', 'badge' => '',
            'class' => '', 'attributes' => [], 'extras' => [], 'bodyHtml' => '', 'footerHtml' => '',
            'current' => false, 'disabled' => false];
    }

    /** @param array<string, mixed> $options */
    public function addChild(string|Item $child, array $options = []): Item
    {
        $item = $child instanceof Item ? $child : new Item($child, $options);
        $item->values['order'] = $item->values['order'] ?: 10 * (count($this->children) + 1);
        return $this->children[$item->getName()] = $item;
    }

    public function getChild(string $name): ?Item
    {
        return $this->children[$name] ?? null;
    }

    public function removeChild(string|Item $child): self
    {
        unset($this->children[$child instanceof Item ? $child->getName() : $child]);
        return $this;
    }

    /** @return array<string, Item> in their order */
    public function getChildren(): array
    {
        uasort($this->children, static fn (Item $a, Item $b): int => $a->getOrder() <=> $b->getOrder());
        return $this->children;
    }

    public function hasChildren(): bool
    {
        return $this->children !== [];
    }

    public function getName(): string
    {
        return $this->name;
    }

    public function setName(string $name): self
    {
        $this->name = $name;
        return $this;
    }

    public function getLabel(): string
    {
        return (string) $this->values['label'];
    }

    public function setLabel(string $label): self
    {
        return $this->with('label', $label);
    }

    public function getUri(): string
    {
        return (string) $this->values['uri'];
    }

    public function setUri(string $uri): self
    {
        return $this->with('uri', $uri);
    }

    public function getOrder(): int
    {
        return (int) $this->values['order'];
    }

    public function setOrder(int $order): self
    {
        return $this->with('order', $order);
    }

    public function getIcon(): string
    {
        return (string) $this->values['icon'];
    }

    public function setIcon(string $icon): self
    {
        return $this->with('icon', $icon);
    }

    public function hasIcon(): bool
    {
        return $this->values['icon'] !== '';
    }

    public function getBadge(): string
    {
        return (string) $this->values['badge'];
    }

    public function setBadge(string $badge): self
    {
        return $this->with('badge', $badge);
    }

    public function getClass(): string
    {
        return (string) $this->values['class'];
    }

    public function setClass(string $class): self
    {
        return $this->with('class', $class);
    }

    public function getAttribute(string $name): mixed
    {
        return $this->values['attributes'][$name] ?? null;
    }

    public function setAttribute(string $name, mixed $value): self
    {
        $this->values['attributes'][$name] = $value;
        return $this;
    }

    /** @return array<string, mixed> */
    public function getAttributes(): array
    {
        return $this->values['attributes'];
    }

    /** @param array<string, mixed> $attributes */
    public function setAttributes(array $attributes): self
    {
        return $this->with('attributes', $attributes);
    }

    public function getExtra(string $name): mixed
    {
        return $this->values['extras'][$name] ?? null;
    }

    public function setBodyHtml(string $html): self
    {
        return $this->with('bodyHtml', $html);
    }

    public function getBodyHtml(): string
    {
        return (string) $this->values['bodyHtml'];
    }

    public function setFooterHtml(string $html): self
    {
        return $this->with('footerHtml', $html);
    }

    public function getFooterHtml(): string
    {
        return (string) $this->values['footerHtml'];
    }

    public function getId(): string
    {
        return (string) preg_replace('/[^A-Za-z0-9]+/', '_', $this->name);
    }

    public function moveToFront(): self
    {
        return $this->setOrder(-1);
    }

    public function moveToBack(): self
    {
        return $this->setOrder(PHP_INT_MAX);
    }

    public function moveUp(): self
    {
        return $this->setOrder($this->getOrder() - 11);
    }

    public function moveDown(): self
    {
        return $this->setOrder($this->getOrder() + 11);
    }

    public function isCurrent(): bool
    {
        return (bool) $this->values['current'];
    }

    public function isDisabled(): bool
    {
        return (bool) $this->values['disabled'];
    }

    private function with(string $name, mixed $value): self
    {
        $this->values[$name] = $value;
        return $this;
    }
}
