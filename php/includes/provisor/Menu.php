<?php

declare(strict_types=1);

namespace Provisor;

/** Ways from WHMCS's own pages to those of a module. It asks WHMCS alone: no panel, no core. */
final class Menu
{
    /**
     * The client's first service of a module that is in use; '' for none. Whoever is not logged in has none.
     */
    public static function first(string $module): string
    {
        $client = Caller::client()['client_id'];
        if ($client === '' || $client === '0') {
            return '';
        }
        $services = (new WhmcsHost(true))->answer('client.services', ['client_id' => $client, 'module' => $module]);
        foreach ($services['services'] as $service) {
            if (in_array($service['status'], ['Active', 'Suspended', 'Pending'], true)) {
                return $service['id'];
            }
        }
        return '';
    }

    /** The page of an action of a service; without one the product's own page. */
    public static function address(string $service, string $action = ''): string
    {
        return "clientarea.php?action=productdetails&id=$service" . ($action === '' ? '' : "&modop=custom&a=$action");
    }

    /**
     * Where an address of an older module's page leads now. Actions in it are dropped: they were links, and change nothing
     * any more. A page for upgrades is there only where the client's product allows them.
     *
     * @param array<string, string> $pages our action for each of its pages; any other leads to the product
     * @param array<string, mixed>  $query
     */
    public static function old(string $module, array $pages, array $query): string
    {
        $id = is_string($query['id'] ?? null) && preg_match('/^[0-9]{1,12}$/', $query['id']) === 1 ? $query['id'] : '';
        $page = is_string($query['page'] ?? null) ? $query['page'] : '';
        if ($id !== '') {
            $is = $page !== 'upgrade' || self::upgradable($id);
            return self::address($id, $is ? $pages[$page] ?? '' : '');
        }
        $first = self::first($module);
        return $first === '' ? 'clientarea.php?action=services' : self::address($first, $pages['list'] ?? '');
    }

    private static function upgradable(string $id): bool
    {
        $service = (new WhmcsHost(true))->answer('service.get', ['id' => $id])['service'];
        $product = ($service['client_id'] ?? '') === Caller::client()['client_id'] ? $service['product'] ?? [] : [];
        return ($product['option_upgrades'] ?? false) || ($product['package_upgrades'] ?? false);
    }
}
