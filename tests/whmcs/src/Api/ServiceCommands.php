<?php

/** GetClientsProducts, UpdateClientProduct. Follows whmcs-contract.md 4.3: passwords are plain, no module is called. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Crypt;
use StandIn\Modules\Params;
use StandIn\Money;
use StandIn\Orders\Options;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class ServiceCommands
{
    private const TEXTS = ['domain', 'paymentmethod', 'billingcycle', 'subscriptionid', 'notes', 'overideautosuspend',
        'ns1', 'ns2', 'dedicatedip', 'assignedips', 'diskusage', 'disklimit', 'bwusage', 'bwlimit', 'suspendreason',
        'promoid', 'firstpaymentamount'];
    /** input => column */
    private const RENAMED = ['pid' => 'packageid', 'serverid' => 'server', 'recurringamount' => 'amount',
        'status' => 'domainstatus', 'serviceusername' => 'username'];
    private const DATES = ['regdate' => 'regdate', 'nextduedate' => 'nextduedate',
        'terminationdate' => 'termination_date', 'overidesuspenduntil' => 'overidesuspenduntil'];
    private const STATUSES = ['Pending', 'Active', 'Suspended', 'Terminated', 'Cancelled', 'Fraud', 'Completed'];
    private const UNSET = ['domain', 'serviceusername', 'servicepassword', 'subscriptionid', 'ns1', 'ns2',
        'dedicatedip', 'assignedips', 'notes', 'suspendreason'];

    /** @return array<string, mixed> */
    public static function GetClientsProducts(Input $in): array
    {
        $query = Capsule::table('tblhosting as h')->join('tblproducts as p', 'p.id', '=', 'h.packageid')
            ->leftJoin('tblproductgroups as g', 'g.id', '=', 'p.gid')
            ->leftJoin('tblservers as s', 's.id', '=', 'h.server')
            ->leftJoin('tblorders as o', 'o.id', '=', 'h.orderid');
        $filters = ['clientid' => 'h.userid', 'serviceid' => 'h.id', 'pid' => 'h.packageid', 'domain' => 'h.domain',
            'username2' => 'h.username'];
        foreach ($filters as $name => $column) {
            if ($in->text($name) !== '') {
                $query->where($column, $in->text($name));
            }
        }
        $total = $query->count();
        $rows = $query->orderBy('h.id')->offset($in->int('limitstart'))->limit($in->int('limitnum', 9999))
            ->get(['h.*', 'p.name', 'g.name as groupname', 's.name as servername', 's.ipaddress as serverip',
                's.hostname as serverhostname', 'o.ordernum']);
        return ['clientid' => $in->text('clientid'), 'serviceid' => $in->text('serviceid'), 'pid' => $in->text('pid'),
            'domain' => $in->text('domain'), 'totalresults' => $total, 'startnumber' => $in->int('limitstart'),
            'numreturned' => $rows->count(),
            'products' => $rows->isEmpty() ? '' : ['product' => $rows->map(self::productOf(...))->all()]];
    }

    /** @return array<string, mixed> */
    private static function productOf(object $row): array
    {
        $product = [
            'id' => (string) $row->id, 'qty' => (string) $row->qty, 'clientid' => (string) $row->userid,
            'orderid' => (string) $row->orderid, 'ordernumber' => (string) $row->ordernum,
            'pid' => (string) $row->packageid, 'regdate' => (string) $row->regdate, 'name' => (string) $row->name,
            'translated_name' => (string) $row->name, 'groupname' => (string) $row->groupname,
            'translated_groupname' => (string) $row->groupname, 'domain' => (string) $row->domain,
            'dedicatedip' => (string) $row->dedicatedip, 'serverid' => (string) $row->server,
            'servername' => (string) $row->servername, 'serverip' => (string) $row->serverip,
            'serverhostname' => (string) $row->serverhostname, 'suspensionreason' => (string) $row->suspendreason,
            'firstpaymentamount' => Money::plain($row->firstpaymentamount),
            'recurringamount' => Money::plain($row->amount), 'paymentmethod' => (string) $row->paymentmethod,
            'paymentmethodname' => (string) $row->paymentmethod, 'billingcycle' => (string) $row->billingcycle,
            'nextduedate' => (string) $row->nextduedate, 'status' => (string) $row->domainstatus,
            'username' => (string) $row->username, 'password' => Crypt::decrypt((string) $row->password),
        ];
        foreach (['subscriptionid', 'promoid', 'overideautosuspend', 'overidesuspenduntil', 'ns1', 'ns2',
            'assignedips', 'notes', 'diskusage', 'disklimit', 'bwusage', 'bwlimit', 'lastupdate'] as $name) {
            $product[$name] = (string) $row->$name;
        }
        $fields = Capsule::table('tblcustomfields as f')
            ->leftJoin('tblcustomfieldsvalues as v', static function ($join) use ($row): void {
                $join->on('v.fieldid', '=', 'f.id')->where('v.relid', '=', $row->id);
            })->where('f.type', 'product')->where('f.relid', $row->packageid)->get(['f.id', 'f.fieldname', 'v.value']);
        $product['customfields'] = ['customfield' => $fields->map(static fn (object $field): array => [
            'id' => (string) $field->id, 'name' => Params::beforeBar((string) $field->fieldname),
            'translated_name' => Params::beforeBar((string) $field->fieldname), 'value' => (string) $field->value,
        ])->all()];
        $names = [1 => 'dropdown', 2 => 'radio', 3 => 'yesno', 4 => 'quantity'];
        $values = Params::configurableOptions((int) $row->id);
        $options = [];
        foreach (Options::ofProduct((int) $row->packageid) as $option) {
            $name = Params::beforeBar((string) $option->optionname);
            $options[] = ['id' => (string) $option->id, 'option' => $name, 'type' => $names[(int) $option->optiontype],
                'value' => (string) ($values[$name] ?? '')];
        }
        $product['configoptions'] = ['configoption' => $options];
        return $product;
    }

    /** @return array<string, mixed> */
    public static function UpdateClientProduct(Input $in): array
    {
        $id = $in->int('serviceid');
        if (!Capsule::table('tblhosting')->where('id', $id)->exists()) {
            throw new Refusal('Service ID Not Found');
        }
        $changes = [];
        foreach (self::TEXTS as $name) {
            if ($in->has($name)) {
                $changes[$name] = $in->text($name);
            }
        }
        foreach (self::RENAMED as $name => $column) {
            if ($in->has($name)) {
                $changes[$column] = $in->text($name);
            }
        }
        foreach (self::DATES as $name => $column) {
            if ($in->has($name)) {
                $changes[$column] = $in->date($name);
            }
        }
        if (isset($changes['domainstatus']) && !in_array($changes['domainstatus'], self::STATUSES, true)) {
            throw new Refusal('Invalid Status');
        }
        if ($in->has('servicepassword')) {
            $changes['password'] = Crypt::encrypt($in->text('servicepassword'));
        }
        foreach ($in->list('unset') as $name) {
            if (in_array($name, self::UNSET, true)) {
                $changes[['serviceusername' => 'username', 'servicepassword' => 'password'][$name] ?? $name] = '';
            }
        }
        if ($changes !== []) {
            Capsule::table('tblhosting')->where('id', $id)->update($changes);
        }
        foreach ($in->packed('customfields') as $fieldId => $value) {
            Capsule::table('tblcustomfieldsvalues')
                ->updateOrInsert(['fieldid' => (int) $fieldId, 'relid' => $id], ['value' => (string) $value]);
        }
        $options = [];
        foreach ($in->packed('configoptions') as $configId => $choice) {
            $options[(int) $configId] = is_array($choice)
                ? ['optionid' => (int) $choice['optionid'], 'qty' => (int) $choice['qty']]
                : ['optionid' => (int) $choice, 'qty' => 0];
        }
        Options::store($id, $options);
        return ['serviceid' => (string) $id];
    }
}
