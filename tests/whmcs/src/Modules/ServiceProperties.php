<?php

/**
 * $params['model']->serviceProperties. Follows whmcs-contract.md 1.16: some names are columns of the service, every
 * other one becomes a custom field of the product, created when missing; a password is stored encrypted.
 */

declare(strict_types=1);

namespace StandIn\Modules;

use StandIn\Crypt;
use WHMCS\Database\Capsule;

final class ServiceProperties
{
    private const COLUMNS = ['username' => 'username', 'password' => 'password', 'domain' => 'domain',
        'dedicatedip' => 'dedicatedip', 'diskusage' => 'diskusage', 'disklimit' => 'disklimit',
        'bandwidthusage' => 'bwusage', 'bwusage' => 'bwusage', 'bandwidthlimit' => 'bwlimit', 'bwlimit' => 'bwlimit',
        'lastupdate' => 'lastupdate', 'assignedips' => 'assignedips'];

    public function __construct(private readonly int $serviceId)
    {
    }

    /** @param array<string, mixed> $values */
    public function save(array $values): bool
    {
        foreach ($values as $name => $value) {
            $column = self::COLUMNS[strtolower(str_replace(' ', '', $name))] ?? null;
            $value = (string) $value;
            if ($column !== null) {
                $value = $column === 'password' ? Crypt::encrypt($value) : $value;
                Capsule::table('tblhosting')->where('id', $this->serviceId)->update([$column => $value]);
            } else {
                Capsule::table('tblcustomfieldsvalues')->updateOrInsert(
                    ['fieldid' => $this->field($name) ?? $this->newField($name), 'relid' => $this->serviceId],
                    ['value' => $value]
                );
            }
        }
        return true;
    }

    public function get(string $name): string
    {
        $column = self::COLUMNS[strtolower(str_replace(' ', '', $name))] ?? null;
        if ($column !== null) {
            $value = (string) Capsule::table('tblhosting')->where('id', $this->serviceId)->value($column);
            return $column === 'password' ? Crypt::decrypt($value) : $value;
        }
        $field = $this->field($name);
        return $field === null ? '' : (string) Capsule::table('tblcustomfieldsvalues')
            ->where('fieldid', $field)->where('relid', $this->serviceId)->value('value');
    }

    private function field(string $name): ?int
    {
        $fields = Capsule::table('tblcustomfields')->where('type', 'product')->where('relid', $this->productId())
            ->get(['id', 'fieldname']);
        foreach ($fields as $field) {
            if (Params::beforeBar((string) $field->fieldname) === Params::beforeBar($name)) {
                return (int) $field->id;
            }
        }
        return null;
    }

    private function newField(string $name): int
    {
        return (int) Capsule::table('tblcustomfields')->insertGetId(['type' => 'product',
            'relid' => $this->productId(), 'fieldname' => $name, 'fieldtype' => 'text', 'adminonly' => 'on']);
    }

    private function productId(): int
    {
        return (int) Capsule::table('tblhosting')->where('id', $this->serviceId)->value('packageid');
    }
}
