<?php

/** The merge fields of an e-mail: those of the client, and of the service or invoice it is about. */

declare(strict_types=1);

namespace StandIn\Mail;

use StandIn\ClientDetails;
use StandIn\Crypt;
use StandIn\Money;
use WHMCS\Database\Capsule;

final class MergeFields
{
    /** @return array<string, mixed>|null null: there is nothing with that id */
    public static function of(string $type, int $id): ?array
    {
        if ($type === 'general') {
            return Capsule::table('tblclients')->where('id', $id)->exists() ? self::client($id) : null;
        }
        if ($type === 'product') {
            $service = Capsule::table('tblhosting')->find($id);
            return $service === null ? null : self::client((int) $service->userid) + self::service($service);
        }
        if ($type === 'invoice') {
            $invoice = Capsule::table('tblinvoices')->find($id);
            return $invoice === null ? null : self::client((int) $invoice->userid) + self::invoice($invoice);
        }
        return null;
    }

    /** @return array<string, mixed> */
    private static function client(int $clientId): array
    {
        $details = ClientDetails::of($clientId);
        return [
            'client_id' => $clientId, 'client_name' => $details['fullname'],
            'client_first_name' => $details['firstname'], 'client_last_name' => $details['lastname'],
            'client_company_name' => $details['companyname'], 'client_email' => $details['email'],
            'client_address1' => $details['address1'], 'client_city' => $details['city'],
            'client_country' => $details['country'], 'client_phonenumber' => $details['phonenumber'],
            'client_credit' => $details['credit'], 'client_language' => $details['language'],
            // Numbered by their place in the order of display, from 0.
            'client_custom_fields' => array_column($details['customfields'], 'value'),
        ];
    }

    /** @return array<string, mixed> */
    private static function service(object $service): array
    {
        $server = Capsule::table('tblservers')->find($service->server);
        $fields = [
            'service_id' => (int) $service->id, 'service_order_id' => (int) $service->orderid,
            'service_reg_date' => $service->regdate, 'service_domain' => $service->domain,
            'service_product_name' => Capsule::table('tblproducts')->where('id', $service->packageid)->value('name'),
            'service_status' => $service->domainstatus, 'service_username' => $service->username,
            'service_password' => Crypt::decrypt((string) $service->password),
            'service_dedicated_ip' => $service->dedicatedip,
            'service_assigned_ips' => nl2br((string) $service->assignedips),
            'service_billing_cycle' => $service->billingcycle, 'service_next_due_date' => $service->nextduedate,
            'service_recurring_amount' => $service->amount, 'service_payment_method' => $service->paymentmethod,
            'service_suspension_reason' => $service->suspendreason, 'service_ns1' => $service->ns1,
            'service_ns2' => $service->ns2, 'service_server_name' => $server->name ?? '',
            'service_server_hostname' => $server->hostname ?? '', 'service_server_ip' => $server->ipaddress ?? '',
            'service_custom_fields' => [],
        ];
        $values = Capsule::table('tblcustomfieldsvalues as v')->join('tblcustomfields as f', 'f.id', '=', 'v.fieldid')
            ->where('f.type', 'product')->where('v.relid', $service->id)->orderBy('f.sortorder')->get();
        foreach ($values as $value) {
            $fields['service_custom_fields'][] = $value->value;
            $key = strtolower((string) preg_replace('/[^A-Za-z0-9]/', '', explode('|', (string) $value->fieldname)[0]));
            $fields["service_custom_field_$key"] = $value->value;
        }
        return $fields;
    }

    /** @return array<string, mixed> */
    private static function invoice(object $invoice): array
    {
        $lines = Capsule::table('tblinvoiceitems')->where('invoiceid', $invoice->id)->orderBy('id')->get();
        $currency = (int) Capsule::table('tblclients')->where('id', $invoice->userid)->value('currency');
        return [
            'invoice_id' => (int) $invoice->id,
            'invoice_num' => (string) $invoice->invoicenum !== '' ? $invoice->invoicenum : $invoice->id,
            'invoice_date_created' => $invoice->date, 'invoice_date_due' => $invoice->duedate,
            'invoice_date_paid' => $invoice->datepaid,
            'invoice_subtotal' => Money::format($invoice->subtotal, $currency),
            'invoice_tax' => Money::format($invoice->tax, $currency),
            'invoice_total' => Money::format($invoice->total, $currency),
            'invoice_status' => $invoice->status, 'invoice_notes' => $invoice->notes,
            'invoice_html_contents' => $lines->map(
                static fn (object $line): string => "$line->description " . Money::format($line->amount, $currency)
            )->implode("\n"),
        ];
    }
}
