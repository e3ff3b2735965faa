<?php

/** Mail, encryption, log, settings, servers, products. Follows whmcs-contract.md 4.4. */

declare(strict_types=1);

namespace StandIn\Api;

use StandIn\Crypt;
use StandIn\Mail\Mailer;
use StandIn\Refusal;
use StandIn\Settings;
use WHMCS\Database\Capsule;

final class SystemCommands
{
    /** @return array<string, mixed> */
    public static function SendEmail(Input $in): array
    {
        $extra = $in->packed('customvars');
        if ($in->text('messagename') !== '') {
            $why = Mailer::send($in->text('messagename'), $in->int('id'), $extra);
        } else {
            $template = (object) ['type' => $in->text('customtype', 'general'), 'name' => 'Custom Message',
                'subject' => $in->text('customsubject'), 'message' => $in->text('custommessage')];
            $why = Mailer::sendTemplate($template, $in->int('id'), $extra);
        }
        if ($why !== '') {
            throw new Refusal($why);
        }
        return [];
    }

    /** @return array<string, mixed> */
    public static function SendAdminEmail(Input $in): array
    {
        Mailer::toAdmins($in->text('customsubject'), $in->text('custommessage'));
        return [];
    }

    /** @return array<string, mixed> */
    public static function EncryptPassword(Input $in): array
    {
        return ['password' => Crypt::encrypt($in->text('password2'))];
    }

    /** @return array<string, mixed> */
    public static function DecryptPassword(Input $in): array
    {
        return ['password' => Crypt::decrypt($in->text('password2'))];
    }

    /** @return array<string, mixed> */
    public static function LogActivity(Input $in): array
    {
        if ($in->text('description') === '') {
            throw new Refusal('Activity log description not provided');
        }
        logActivity($in->text('description'), $in->int($in->has('clientid') ? 'clientid' : 'userid'));
        return [];
    }

    /** @return array<string, mixed> */
    public static function GetConfigurationValue(Input $in): array
    {
        return ['setting' => $in->text('setting'), 'value' => Settings::get($in->text('setting'))];
    }

    /** @return array<string, mixed> */
    public static function SetConfigurationValue(Input $in): array
    {
        Settings::set($in->text('setting'), $in->text('value'));
        return [];
    }

    /** @return array<string, mixed> */
    public static function WhmcsDetails(Input $in): array
    {
        $canonical = Settings::get('Version');
        return ['whmcs' => ['version' => explode('-', $canonical)[0], 'canonicalversion' => $canonical]];
    }

    /** @return array<string, mixed> */
    public static function GetServers(Input $in): array
    {
        $servers = Capsule::table('tblservers')->orderBy('id')->get()->map(static function (object $row): array {
            $count = Capsule::table('tblhosting')->where('server', $row->id)
                ->whereIn('domainstatus', ['Active', 'Suspended'])->count();
            $most = (int) $row->maxaccounts;
            return ['id' => (int) $row->id, 'name' => $row->name, 'hostname' => $row->hostname,
                'ipaddress' => $row->ipaddress, 'active' => (int) $row->disabled === 0, 'activeServices' => $count,
                'maxAllowedServices' => $most, 'percentUsed' => $most > 0 ? round($count / $most * 100) : 0,
                'module' => $row->type, 'status' => ['http' => null, 'load' => '', 'uptime' => '']];
        });
        return ['servers' => $servers->all(), 'fetchStatus' => false];
    }

    /** @return array<string, mixed> */
    public static function GetProducts(Input $in): array
    {
        $query = Capsule::table('tblproducts');
        if ($in->text('pid') !== '') {
            $query->whereIn('id', explode(',', $in->text('pid')));
        }
        if ($in->has('gid')) {
            $query->where('gid', $in->int('gid'));
        }
        if ($in->has('module')) {
            $query->where('servertype', $in->text('module'));
        }
        $products = $query->orderBy('id')->get()->map(static function (object $row): array {
            $pricing = [];
            foreach (Capsule::table('tblcurrencies')->get() as $currency) {
                $price = Capsule::table('tblpricing')->where('type', 'product')->where('relid', $row->id)
                    ->where('currency', $currency->id)->first();
                $pricing[$currency->code] = ['prefix' => $currency->prefix, 'suffix' => $currency->suffix]
                    + (array) ($price ?? []);
                unset($pricing[$currency->code]['id'], $pricing[$currency->code]['type']);
            }
            return ['pid' => (string) $row->id, 'gid' => (string) $row->gid, 'type' => $row->type,
                'name' => $row->name, 'description' => $row->description, 'module' => $row->servertype,
                'paytype' => $row->paytype, 'pricing' => $pricing, 'customfields' => ['customfield' => []],
                'configoptions' => ['configoption' => []]];
        });
        return ['totalresults' => $products->count(), 'products' => ['product' => $products->all()]];
    }
}
