<?php

/**
 * Builds the $params array that module functions get. Follows whmcs-contract.md 1.4 (shape), 1.5 (names and values
 * before the bar) and 1.6 (clientsdetails). Stored texts stay HTML-encoded as they are at rest; passwords are plain.
 * Guessed there and here: the values of "action" other than upgrade.
 */

declare(strict_types=1);

namespace StandIn\Modules;

use StandIn\ClientDetails;
use StandIn\Crypt;
use StandIn\Refusal;
use StandIn\Settings;
use WHMCS\Database\Capsule;
use WHMCS\Service\Service;

final class Params
{
    /** @return array<string, mixed> */
    public static function forService(int $serviceId, string $action = ''): array
    {
        $service = Capsule::table('tblhosting')->find($serviceId);
        if ($service === null) {
            throw new Refusal('Service ID Not Found');
        }
        $product = Capsule::table('tblproducts')->find($service->packageid);
        if ($product === null) {
            throw new Refusal("service $serviceId has no product");
        }
        $params = [
            'whmcsVersion' => Settings::get('Version'),
            'accountid' => $serviceId,
            'serviceid' => $serviceId,
            'addonId' => 0,
            'userid' => (int) $service->userid,
            'domain' => (string) $service->domain,
            'username' => (string) $service->username,
            'password' => Crypt::entered((string) $service->password),
            'packageid' => (int) $service->packageid,
            'pid' => (int) $service->packageid,
            'status' => (string) $service->domainstatus,
            'type' => (string) $product->type,
            'producttype' => (string) $product->type,
            'moduletype' => (string) $product->servertype,
            'qty' => (int) $service->qty,
            'configoptions' => self::configurableOptions($serviceId),
            'customfields' => self::customFields($service),
            'clientsdetails' => ClientDetails::of((int) $service->userid),
            'model' => Service::find($serviceId),
            'action' => $action,
        ];
        for ($slot = 1; $slot <= 24; $slot++) {
            $params["configoption$slot"] = (string) $product->{"configoption$slot"};
        }
        return $params + self::server((int) $service->server);
    }

    /** Server-level calls carry no service keys (whmcs-contract.md 1.4). @return array<string, mixed> */
    public static function forServer(int $serverId, string $action = ''): array
    {
        return ['whmcsVersion' => Settings::get('Version'), 'action' => $action] + self::server($serverId);
    }

    /**
     * TestConnection of a server that is not saved yet: no serverid (whmcs-contract.md 1.4).
     *
     * @param array<string, string> $form
     * @return array<string, mixed>
     */
    public static function forUnsavedServer(array $form): array
    {
        $row = (object) ($form + ['ipaddress' => '', 'hostname' => '', 'username' => '', 'password' => '',
            'accesshash' => '', 'secure' => '', 'port' => '']);
        $params = self::serverKeys($row, (string) $row->password);
        unset($params['serverid']);
        return ['whmcsVersion' => Settings::get('Version'), 'action' => ''] + $params;
    }

    /** @return array<string, mixed> */
    private static function server(int $serverId): array
    {
        $row = $serverId > 0 ? Capsule::table('tblservers')->find($serverId) : null;
        if ($row === null) {
            return ['serverid' => 0, 'server' => false, 'serverip' => '', 'serverhostname' => '',
                'serverusername' => '', 'serverpassword' => '', 'serveraccesshash' => '', 'serversecure' => '',
                'serverhttpprefix' => 'http', 'serverport' => ''];
        }
        return self::serverKeys($row, Crypt::entered((string) $row->password));
    }

    /** @return array<string, mixed> */
    private static function serverKeys(object $row, string $password): array
    {
        $secure = (string) $row->secure === 'on';
        $default = '';
        if (($row->type ?? '') !== '') {
            $meta = Loader::metaData($row->type);
            $default = (string) ($meta[$secure ? 'DefaultSSLPort' : 'DefaultNonSSLPort'] ?? '');
        }
        return [
            'serverid' => (int) ($row->id ?? 0),
            'server' => true,
            'serverip' => (string) $row->ipaddress,
            'serverhostname' => (string) $row->hostname,
            'serverusername' => (string) $row->username,
            'serverpassword' => $password,
            'serveraccesshash' => (string) $row->accesshash,
            'serversecure' => $secure ? 'on' : '',
            'serverhttpprefix' => $secure ? 'https' : 'http',
            'serverport' => (string) ($row->port ?? '') !== '' ? (string) $row->port : $default,
        ];
    }

    /** @return array<string, string|int> name before the bar => value by type (whmcs-contract.md 1.5) */
    public static function configurableOptions(int $serviceId): array
    {
        $rows = Capsule::table('tblhostingconfigoptions as h')
            ->join('tblproductconfigoptions as o', 'o.id', '=', 'h.configid')
            ->leftJoin('tblproductconfigoptionssub as s', 's.id', '=', 'h.optionid')
            ->where('h.relid', $serviceId)->orderBy('o.order')->orderBy('o.id')
            ->get(['o.optionname', 'o.optiontype', 's.optionname as subname', 'h.qty']);
        $options = [];
        foreach ($rows as $row) {
            $options[self::beforeBar((string) $row->optionname)] = in_array((int) $row->optiontype, [3, 4], true)
                ? (int) $row->qty
                : self::beforeBar((string) $row->subname);
        }
        return $options;
    }

    /** @return array<string, string> */
    private static function customFields(object $service): array
    {
        $rows = Capsule::table('tblcustomfields as f')
            ->leftJoin('tblcustomfieldsvalues as v', static function ($join) use ($service): void {
                $join->on('v.fieldid', '=', 'f.id')->where('v.relid', '=', $service->id);
            })
            ->where('f.type', 'product')->where('f.relid', $service->packageid)->orderBy('f.sortorder')
            ->get(['f.fieldname', 'v.value']);
        $fields = [];
        foreach ($rows as $row) {
            $fields[self::beforeBar((string) $row->fieldname)] = (string) $row->value;
        }
        return $fields;
    }

    public static function beforeBar(string $text): string
    {
        return explode('|', $text, 2)[0];
    }
}
