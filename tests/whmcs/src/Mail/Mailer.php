<?php

/**
 * E-mails: rendered by Smarty with the merge fields of the thing they are about and kept in tblemails, never sent.
 * Follows whmcs-contract.md 4.4 (SendEmail), 3.10 (EmailPreSend), 5.2 (tblemailtemplates, tblemails), 6.1 (mail
 * templates allow only a few modifiers). The merge field names are those of WHMCS's public template editor help.
 */

declare(strict_types=1);

namespace StandIn\Mail;

use StandIn\Clock;
use StandIn\Modules\HookList;
use StandIn\Settings;
use WHMCS\Database\Capsule;

final class Mailer
{
    /**
     * @param array<string, mixed> $extra
     * @return string '' when sent, else why not
     */
    public static function send(string $templateName, int $relatedId, array $extra = []): string
    {
        $template = Capsule::table('tblemailtemplates')->where('name', $templateName)->where('language', '')->first();
        if ($template === null) {
            return 'Email Template Not Found';
        }
        if ((string) $template->disabled !== '' && (string) $template->disabled !== '0') {
            return 'Email Template Disabled';
        }
        return self::sendTemplate($template, $relatedId, $extra);
    }

    /** @param array<string, mixed> $extra */
    public static function sendTemplate(object $template, int $relatedId, array $extra = []): string
    {
        $fields = MergeFields::of((string) $template->type, $relatedId);
        if ($fields === null) {
            return "Sending Failed: no {$template->type} with id $relatedId";
        }
        $fields = $extra + $fields;
        $hooks = HookList::run(
            'EmailPreSend',
            ['messagename' => $template->name, 'relid' => $relatedId, 'mergefields' => $fields]
        );
        foreach ($hooks as $return) {
            if (is_array($return) && !empty($return['abortsend'])) {
                return 'Sending Failed: aborted by a hook';
            }
            $fields = (is_array($return) ? $return : []) + $fields;
        }
        try {
            $subject = self::render((string) $template->subject, $fields);
            $message = self::render((string) $template->message, $fields);
        } catch (\Throwable $error) {
            return 'Sending Failed: ' . $error->getMessage();
        }
        if (trim($message) === '') {
            return 'Sending Failed: empty body';
        }
        self::keep((int) $fields['client_id'], (string) $fields['client_email'], $subject, $message);
        return '';
    }

    public static function toAdmins(string $subject, string $message): void
    {
        foreach (Capsule::table('tbladmins')->where('disabled', 0)->pluck('email') as $address) {
            self::keep(0, (string) $address, $subject, $message);
        }
    }

    private static function keep(int $clientId, string $to, string $subject, string $message): void
    {
        Capsule::table('tblemails')->insert(['userid' => $clientId, 'subject' => $subject, 'message' => $message,
            'date' => Clock::stamp(), 'to' => $to]);
    }

    /** @param array<string, mixed> $fields */
    private static function render(string $text, array $fields): string
    {
        $smarty = new \Smarty();
        $smarty->setCompileDir((string) $GLOBALS['templates_compiledir']);
        $policy = new \Smarty_Security($smarty);
        $policy->php_functions = [];
        $policy->php_modifiers = ['escape', 'count', 'urlencode', 'ucfirst', 'date_format', 'nl2br'];
        $policy->static_classes = null;
        $smarty->enableSecurity($policy);
        $smarty->assign($fields + ['company_name' => Settings::get('CompanyName')]);
        return (string) $smarty->fetch('string:' . html_entity_decode($text, ENT_QUOTES));
    }
}
