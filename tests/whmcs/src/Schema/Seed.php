<?php

/** The rows a fresh installation has: settings, currency, an administrator, a gateway, the e-mail templates. */

declare(strict_types=1);

namespace StandIn\Schema;

use StandIn\Settings;
use WHMCS\Database\Capsule;

final class Seed
{
    public static function insert(): void
    {
        foreach (Settings::DEFAULTS as $name => $value) {
            if (!Capsule::table('tblconfiguration')->where('setting', $name)->exists()) {
                Capsule::table('tblconfiguration')->insert(['setting' => $name, 'value' => $value]);
            }
        }
        if (!Capsule::table('tblcurrencies')->exists()) {
            Capsule::table('tblcurrencies')->insert(
                ['code' => 'USD', 'prefix' => '$', 'suffix' => ' USD', 'format' => 1, 'rate' => 1, 'default' => 1]
            );
        }
        if (!Capsule::table('tbladmins')->exists()) {
            Capsule::table('tbladmins')->insert([
                'uuid' => bin2hex(random_bytes(8)), 'roleid' => 1, 'username' => 'admin', 'firstname' => 'Ada',
                'lastname' => 'Admin', 'email' => 'admin@example.test', 'language' => 'english',
            ]);
        }
        if (!Capsule::table('tblpaymentgateways')->exists()) {
            Capsule::table('tblpaymentgateways')->insert(
                ['gateway' => 'banktransfer', 'setting' => 'name', 'value' => 'Bank Transfer', 'order' => 1]
            );
        }
        if (!Capsule::table('tblproductgroups')->exists()) {
            Capsule::table('tblproductgroups')->insert(['name' => 'Virtual Machines', 'order' => 1]);
        }
        self::emailTemplates();
    }

    /** whmcs-contract.md 5.2 tblemailtemplates; the texts are ours. */
    private static function emailTemplates(): void
    {
        $templates = [
            ['product', 'Dedicated/VPS Server Welcome Email', 'New server information',
                "Dear {\$client_name},\n{\$service_product_name} is ready.\nHostname: {\$service_domain}\n"
                . "Main IP: {\$service_dedicated_ip}\nOther IPs: {\$service_assigned_ips}\n"
                . "User: {\$service_username}\nPassword: {\$service_password}"],
            ['product', 'Other Product/Service Welcome Email', 'New product information',
                "Dear {\$client_name},\n{\$service_product_name} ({\$service_domain}) is ready."],
            ['product', 'Service Suspension Notification', 'Service suspended',
                "Dear {\$client_name},\n{\$service_product_name} ({\$service_domain}) is suspended: "
                . '{$service_suspension_reason}'],
            ['invoice', 'Invoice Created', 'Customer invoice',
                "Dear {\$client_name},\ninvoice {\$invoice_num} of {\$invoice_date_created} over {\$invoice_total} "
                . "is due on {\$invoice_date_due}.\n{\$invoice_html_contents}"],
            ['invoice', 'Invoice Payment Confirmation', 'Invoice payment confirmation',
                "Dear {\$client_name},\nwe received the payment of invoice {\$invoice_num}."],
        ];
        foreach ($templates as [$type, $name, $subject, $message]) {
            $key = ['type' => $type, 'name' => $name, 'language' => ''];
            if (!Capsule::table('tblemailtemplates')->where($key)->exists()) {
                Capsule::table('tblemailtemplates')->insert($key + ['subject' => $subject, 'message' => $message]);
            }
        }
    }
}
