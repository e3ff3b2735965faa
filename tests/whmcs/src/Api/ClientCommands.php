<?php

/** GetClients, GetClientsDetails, AddClient, UpdateClient. Follows whmcs-contract.md 4.3. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\ClientDetails;
use StandIn\Clients;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

final class ClientCommands
{
    /** The same keys at top level are deprecated, and still there. @return array<string, mixed> */
    public static function GetClientsDetails(Input $in): array
    {
        $client = ClientDetails::of(self::idOf($in, 'clientid', 'email'));
        $users = Capsule::table('tblusers_clients as l')->join('tblusers as u', 'u.id', '=', 'l.auth_user_id')
            ->where('l.client_id', $client['id'])->get(['u.*', 'l.owner']);
        $client['users'] = ['user' => $users->map(static fn (object $user): array => ['id' => (int) $user->id,
            'name' => "$user->first_name $user->last_name", 'email' => $user->email,
            'is_owner' => (int) $user->owner === 1])->all()];
        return ['client' => $client] + $client + ($in->flag('stats') ? ['stats' => []] : []);
    }

    /** @return array<string, mixed> */
    public static function GetClients(Input $in): array
    {
        $query = Capsule::table('tblclients');
        if ($in->has('status')) {
            $query->where('status', $in->text('status'));
        }
        $total = $query->count();
        $rows = $query->orderBy('id')->offset($in->int('limitstart'))->limit($in->int('limitnum', 25))
            ->get(['id', 'firstname', 'lastname', 'companyname', 'email', 'datecreated', 'groupid', 'status']);
        return ['totalresults' => $total, 'startnumber' => $in->int('limitstart'), 'numreturned' => $rows->count(),
            'clients' => ['client' => $rows->map(static fn (object $row): array => (array) $row)->all()]];
    }

    /** @return array<string, mixed> */
    public static function AddClient(Input $in): array
    {
        $fields = [];
        foreach (Clients::TEXTS as $name) {
            $fields[$name] = $in->text($name);
        }
        $fields['password2'] = $in->text('password2');
        $fields['currency'] = $in->int('currency');
        return ['clientid' => Clients::add($fields, $in->packed('customfields'))];
    }

    /** @return array<string, mixed> */
    public static function UpdateClient(Input $in): array
    {
        $id = self::idOf($in, 'clientid', 'clientemail');
        $changes = [];
        foreach ([...Clients::TEXTS, 'status', 'currency', 'groupid'] as $name) {
            if ($in->has($name)) {
                $changes[$name] = $in->text($name);
            }
        }
        if ($in->has('paymentmethod')) {
            $changes['defaultgateway'] = $in->text('paymentmethod');
        }
        foreach (Clients::FLAGS as $name) {
            if ($in->has($name)) {
                $changes[$name] = $in->flag($name) ? 1 : 0;
            }
        }
        Clients::update($id, $changes, $in->packed('customfields'));
        return ['clientid' => (string) $id];
    }

    private static function idOf(Input $in, string $idName, string $emailName): int
    {
        $id = $in->int($idName);
        if ($id === 0 && $in->has($emailName)) {
            $id = (int) Capsule::table('tblclients')->where('email', $in->text($emailName))->value('id');
        }
        if (!Capsule::table('tblclients')->where('id', $id)->exists()) {
            throw new Refusal('Client Not Found');
        }
        return $id;
    }
}
