<?php

declare(strict_types=1);

namespace Provisor;

/** The input of a job, made from the parameters that WHMCS hands to a server module. Hooks may have changed them. */
final class Params
{
    /**
     * For a verb on one service.
     *
     * @param array<string, mixed>      $params
     * @param array<string, mixed>|null $caller who asks, see Caller; null for WHMCS itself
     * @return array<string, mixed>
     */
    public static function service(array $params, ?array $caller = null): array
    {
        return [
            'service' => [
                'id' => self::text($params, 'serviceid'),
                'client_id' => self::text($params, 'userid'),
                'addon_id' => self::text($params, 'addonId'),
                'product_id' => self::text($params, 'pid'),
                'product_type' => self::text($params, 'producttype'),
                'domain' => self::plain($params, 'domain'),
                'username' => self::plain($params, 'username'),
                'password' => ['secret' => self::plain($params, 'password')],
                'status' => self::text($params, 'status'),
            ],
            'options' => array_map(static fn (int $n) => self::plain($params, "configoption$n"), range(1, 24)),
            'configuration' => self::configuration(self::text($params, 'moduletype')),
            'caller' => $caller ?? Caller::system(),
            'form' => $caller === null ? new \stdClass() : self::form(),
        ] + self::server($params);
    }

    /** What a form of ours sent: its fields are named `provisor[name]`. */
    private static function form(): object
    {
        $sent = is_array($_POST['provisor'] ?? null) ? $_POST['provisor'] : [];
        $form = [];
        foreach ($sent as $name => $value) {
            if (is_scalar($value)) {
                $form[(string) $name] = WhmcsHost::plain((string) $value);
            }
        }
        return (object) $form;
    }

    /**
     * The text of the module's optional config.json; '' when there is none. The core reads it.
     *
     * @throws JobFailed when the file is there and PHP may not read it: its settings are not those of a module without one
     */
    public static function configuration(string $module): string
    {
        if (preg_match('/^[A-Za-z][A-Za-z0-9_]*$/', $module) !== 1) {
            return '';
        }
        $folder = dirname(__DIR__, 2) . "/modules/servers/$module";
        $file = "$folder/config.json";
        // PHP denies that a link is there at all whose target it may not look at; the folder names it.
        $there = @is_file($file) || in_array('config.json', @scandir($folder) ?: [], true);
        $text = $there ? @file_get_contents($file) : '';
        if ($text === false) {
            throw new JobFailed(-202, "$module.configuration", "modules/servers/$module/config.json cannot be read by PHP. "
                . 'Nothing was changed. Give the file, or what it is a link to, to the user that PHP runs as, for example with '
                . 'chown.');
        }
        return $text;
    }

    /**
     * The same for a daily job, which has work to do also where the file cannot be read, and then says so.
     *
     * @return array<string, mixed>
     */
    public static function daily(string $module): array
    {
        try {
            return ['configuration' => self::configuration($module)];
        } catch (JobFailed) {
            return ['unreadable' => true];
        }
    }

    /**
     * For a verb on a server; it may be unsaved form data, then its id is ''.
     *
     * @param array<string, mixed> $params
     * @return array<string, mixed>
     */
    public static function server(array $params): array
    {
        $id = self::text($params, 'serverid');
        $port = self::text($params, 'serverport');
        return ['server' => [
            'id' => $id === '0' ? '' : $id,
            'name' => self::plain($params, 'servername'),
            'hostname' => self::text($params, 'serverhostname'),
            'ip' => self::text($params, 'serverip'),
            'port' => $port === '0' ? '' : $port,
            'secure' => !in_array(self::text($params, 'serversecure'), ['', '0', 'off'], true),
            'username' => self::plain($params, 'serverusername'),
            'password' => ['secret' => self::plain($params, 'serverpassword')],
            'access_hash' => ['secret' => self::plain($params, 'serveraccesshash')],
            'disabled' => false,
        ]];
    }

    /** @param array<string, mixed> $params */
    private static function text(array $params, string $name): string
    {
        return is_scalar($params[$name] ?? null) ? (string) $params[$name] : '';
    }

    /** @param array<string, mixed> $params */
    private static function plain(array $params, string $name): string
    {
        return WhmcsHost::plain(self::text($params, $name));
    }
}
