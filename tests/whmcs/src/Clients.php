<?php

/** Clients: added and changed, with their hooks. Follows whmcs-contract.md 3.3 (ClientAdd, ClientEdit), 4.3, 5.2. */

declare(strict_types=1);

namespace StandIn;

use StandIn\Modules\HookList;
use WHMCS\Database\Capsule;

final class Clients
{
    public const TEXTS = ['firstname', 'lastname', 'companyname', 'email', 'address1', 'address2', 'city', 'state',
        'postcode', 'country', 'phonenumber', 'tax_id', 'language', 'notes'];
    public const FLAGS = ['latefeeoveride', 'overideduenotices', 'taxexempt', 'separateinvoices', 'disableautocc',
        'overrideautoclose'];

    /**
     * @param array<string, mixed> $fields TEXTS, FLAGS, currency, password2
     * @param array<int, string> $customFields by field id
     */
    public static function add(array $fields, array $customFields = []): int
    {
        $email = (string) ($fields['email'] ?? '');
        if ($email === '' || Capsule::table('tblclients')->where('email', $email)->exists()) {
            throw new Refusal($email === ''
                ? 'You did not enter your email address'
                : 'A user already exists with that email address');
        }
        $password = (string) ($fields['password2'] ?? '');
        unset($fields['password2']);
        $fields['currency'] = (int) ($fields['currency'] ?? 0) > 0
            ? $fields['currency']
            : (int) Capsule::table('tblcurrencies')->where('default', 1)->value('id');
        $id = (int) Capsule::table('tblclients')->insertGetId($fields + ['uuid' => bin2hex(random_bytes(16)),
            'country' => 'US', 'datecreated' => Clock::today(), 'status' => 'Active', 'allow_sso' => 1,
            'defaultgateway' => 'banktransfer', 'created_at' => Clock::stamp(), 'updated_at' => Clock::stamp()]);
        $userId = (int) Capsule::table('tblusers')->insertGetId(['first_name' => $fields['firstname'] ?? '',
            'last_name' => $fields['lastname'] ?? '', 'email' => $email,
            'password' => password_hash($password, PASSWORD_BCRYPT, ['cost' => 4])]);
        Capsule::table('tblusers_clients')->insert(['auth_user_id' => $userId, 'client_id' => $id, 'owner' => 1]);
        self::storeFields($id, $customFields);
        HookList::run('ClientAdd', ['client_id' => $id, 'user_id' => $userId, 'userid' => $id,
            'password' => $password, 'customFields' => $customFields] + ClientDetails::of($id));
        return $id;
    }

    /**
     * @param array<string, mixed> $changes
     * @param array<int, string> $customFields
     */
    public static function update(int $id, array $changes, array $customFields = []): void
    {
        $old = ClientDetails::of($id);
        Capsule::table('tblclients')->where('id', $id)->update($changes + ['updated_at' => Clock::stamp()]);
        self::storeFields($id, $customFields);
        HookList::run('ClientEdit', ['userid' => $id, 'olddata' => $old] + ClientDetails::of($id));
    }

    /** @param array<int, string> $values */
    private static function storeFields(int $clientId, array $values): void
    {
        foreach ($values as $fieldId => $value) {
            Capsule::table('tblcustomfieldsvalues')
                ->updateOrInsert(['fieldid' => $fieldId, 'relid' => $clientId], ['value' => $value]);
        }
    }
}
