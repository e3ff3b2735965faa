<?php

declare(strict_types=1);

namespace Provisor\WhmcsHost;

use Provisor\WhmcsHost;
use WHMCS\Database\Capsule;

/** E-mails about a service, from templates that staff can edit. */
final class Mail
{
    /**
     * @param array<string, mixed> $args
     * @return array<string, mixed>
     */
    public static function send(array $args): array
    {
        $key = ['type' => 'product', 'name' => $args['template'], 'language' => ''];
        if (!Capsule::table('tblemailtemplates')->where($key)->exists()) {
            Capsule::table('tblemailtemplates')->insert($key + [
                'subject' => $args['subject'], 'message' => $args['body'], 'custom' => '1', 'attachments' => '',
                'fromname' => '', 'fromemail' => '', 'disabled' => '', 'copyto' => '', 'blind_copy_to' => '',
                'plaintext' => 0,
            ]);
        }
        WhmcsHost::api('SendEmail', ['messagename' => $args['template'], 'id' => (int) $args['service_id']]);
        return [];
    }
}
