<?php

/** The client array of $params and of GetClientsDetails. Follows whmcs-contract.md 1.6; no password is in it. */

declare(strict_types=1);

namespace StandIn;

use WHMCS\Database\Capsule;

final class ClientDetails
{
    private const CALLING_CODES = ['US' => '1', 'GB' => '44', 'DE' => '49', 'FR' => '33', 'NL' => '31', 'UA' => '380'];

    /** @return array<string, mixed> */
    public static function of(int $clientId): array
    {
        $row = Capsule::table('tblclients')->find($clientId);
        if ($row === null) {
            throw new Refusal('Client Not Found');
        }
        $owner = Capsule::table('tblusers_clients')->where('client_id', $clientId)->where('owner', 1)->first();
        $code = self::CALLING_CODES[$row->country] ?? '1';
        $digits = preg_replace('/\D/', '', (string) $row->phonenumber);
        $details = [
            'client_id' => $clientId, 'userid' => $clientId, 'id' => $clientId,
            'owner_user_id' => (int) ($owner->auth_user_id ?? 0),
            'uuid' => $row->uuid, 'firstname' => $row->firstname, 'lastname' => $row->lastname,
            'fullname' => trim("$row->firstname $row->lastname"),
            'companyname' => $row->companyname, 'email' => $row->email, 'address1' => $row->address1,
            'address2' => $row->address2, 'city' => $row->city, 'fullstate' => $row->state, 'state' => $row->state,
            'statecode' => $row->state, 'postcode' => $row->postcode, 'countrycode' => $row->country,
            'country' => $row->country, 'countryname' => $row->country, 'phonenumber' => $row->phonenumber,
            'phonecc' => $code, 'phonenumberformatted' => "+$code.$digits", 'telephoneNumber' => "+$code.$digits",
            'tax_id' => $row->tax_id,
            'email_preferences' => json_decode((string) $row->email_preferences, true)
                ?: array_fill_keys(['general', 'invoice', 'support', 'product', 'domain', 'affiliate'], 1),
            'billingcid' => (int) $row->billingcid, 'notes' => $row->notes, 'currency' => (int) $row->currency,
            'currency_code' => (string) Capsule::table('tblcurrencies')->where('id', $row->currency)->value('code'),
            'defaultgateway' => $row->defaultgateway, 'groupid' => (int) $row->groupid, 'status' => $row->status,
            'credit' => number_format((float) $row->credit, 2, '.', ''),
            'taxexempt' => (bool) $row->taxexempt, 'latefeeoveride' => (bool) $row->latefeeoveride,
            'overideduenotices' => (bool) $row->overideduenotices,
            'separateinvoices' => (bool) $row->separateinvoices, 'disableautocc' => (bool) $row->disableautocc,
            'emailoptout' => (bool) $row->emailoptout,
            'marketing_emails_opt_in' => (bool) $row->marketing_emails_opt_in,
            'isOptedInToMarketingEmails' => (bool) $row->marketing_emails_opt_in,
            'overrideautoclose' => (bool) $row->overrideautoclose, 'allowSingleSignOn' => (bool) $row->allow_sso,
            'email_verified' => (bool) $row->email_verified, 'language' => $row->language,
            'lastlogin' => (string) $row->lastlogin, 'customfields' => [],
        ];
        $fields = Capsule::table('tblcustomfields as f')
            ->leftJoin('tblcustomfieldsvalues as v', static function ($join) use ($clientId): void {
                $join->on('v.fieldid', '=', 'f.id')->where('v.relid', '=', $clientId);
            })->where('f.type', 'client')->orderBy('f.sortorder')->orderBy('f.id')->get(['f.id', 'v.value']);
        foreach ($fields as $position => $field) {
            $details['customfields'][] = ['id' => (int) $field->id, 'value' => (string) $field->value];
            $details['customfields' . ($position + 1)] = (string) $field->value;
        }
        return $details;
    }
}
