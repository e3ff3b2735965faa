<?php

/**
 * Action hooks of the Backup Server: a new client, or the client of an accepted order, is signed up there as a reseller or a
 * customer. Whatever goes wrong, WHMCS goes on undisturbed, and one line tells it in whmcs_error.log in the admin folder.
 *
 * An order of the module's own products is left to their creation: it would sign the client up twice.
 */

defined('WHMCS') || exit;

// An update replaces this file. What shall survive it stands in includes/whmcsHooks.settings.php, which no update brings: a
// copy of the settings and lines below, from $protocal to the last add_hook. Where that file is, these here do not count.
$own = __DIR__ . '/../whmcsHooks.settings.php';
// PHP denies that a link is there at all whose target it may not look at; the folder names it.
if (@file_exists($own) || in_array(basename($own), @scandir(dirname($own)) ?: [], true)) {
    $trouble = 'cannot be read by PHP';
    try {
        // Not a require, which ends every request of WHMCS where it fails.
        if (@is_readable($own) && (@include $own) !== false) {
            SGSettings(SGGiven(get_defined_vars()));
            return;
        }
    } catch (Throwable $e) {
        $trouble = 'cannot be used: ' . get_class($e) . ' at ' . basename($e->getFile()) . ':' . $e->getLine();
    }
    SGSettings(['trouble' => $trouble] + SGGiven([]));
    add_hook("ClientAdd", 0, "SGSignupReseller", "");
    add_hook("AcceptOrder", 0, "SGSignupReseller", "");
    return;
}

// Your Backup Server's web console. Nothing is signed up while $serverName is empty.
$protocal = 'https';        // https or http
$serverName = '';           // DomainName or IP Address of the Backup Server
$port = '';                 // Web Console Port Number, by default 6060 (http) or 6061 (https)
$userName = '';             // Web Console UserName
$loginPassword = '';        // Web Console Password

// Remove the # of a line to activate it, and put one before a line to deactivate it.
add_hook("ClientAdd",0,"SGSignupReseller","");
#add_hook("ClientAdd",0,"SGSignupCustomer","");
#add_hook("AcceptOrder",0,"SGSignupReseller","");
#add_hook("AcceptOrder",0,"SGSignupCustomer","");

// WHMCS loads this file inside a function, where the variables above would be lost.
SGSettings(SGGiven(get_defined_vars()));

/** @param array<string, mixed> $vars */
function SGSignupReseller($vars)
{
    SGSignup('reseller', 'SGSignupReseller', $vars);
}

/** @param array<string, mixed> $vars */
function SGSignupCustomer($vars)
{
    SGSignup('customer', 'SGSignupCustomer', $vars);
}

/**
 * The five variables under the names of the job; one that is missing is empty.
 *
 * @param array<string, mixed> $vars
 * @return array<string, mixed>
 */
function SGGiven($vars)
{
    $text = static function ($name) use ($vars) {
        return isset($vars[$name]) ? (string) $vars[$name] : '';
    };
    return [
        'protocal' => $text('protocal'),
        'server_name' => $text('serverName'),
        'port' => $text('port'),
        'user_name' => $text('userName'),
        'login_password' => ['secret' => $text('loginPassword')],
    ];
}

/**
 * Keeps the settings, or returns them.
 *
 * @param array<string, mixed>|null $new
 * @return array<string, mixed>
 */
function SGSettings($new = null)
{
    static $kept = [];
    if ($new !== null) {
        $kept = $new;
    }
    return $kept;
}

/**
 * @param string               $kind     reseller or customer
 * @param string               $function for the log
 * @param array<string, mixed> $vars     as WHMCS hands them to the hook; a password among them is never passed on
 * @return void
 */
function SGSignup($kind, $function, $vars)
{
    $settings = SGSettings();
    $order = isset($vars['orderid']) ? (string) $vars['orderid'] : '';
    $client = (string) ($vars['client_id'] ?? $vars['userid'] ?? '');
    $about = $order !== '' ? "hook=AcceptOrder fn=$function order_id=" . (int) $order
        : "hook=ClientAdd fn=$function client_id=" . (int) $client;
    try {
        if (isset($settings['trouble'])) {
            // Once for each: lines of the file that stand before its mistake are active as well.
            static $told = [];
            if (isset($told["$order/$client"])) {
                return;
            }
            $told["$order/$client"] = true;
            SGLog($about, 'kind=settings code=0', "includes/whmcsHooks.settings.php {$settings['trouble']}. Until that is mended "
                . 'no hook signs anybody up: sign this client up in the console if one of its lines was to.');
            return;
        }
        if (trim((string) $settings['server_name']) === '') {
            // As delivered, nothing is set; settings without the server are a slip that somebody looks for.
            if (trim($settings['user_name'] . $settings['login_password']['secret']) !== '') {
                SGLog($about, 'kind=settings code=0', '$serverName is empty, so nobody is signed up.');
            }
            return;
        }
        require_once __DIR__ . '/../provisor/load.php';
        if (provisor_refusal() !== '') {
            SGLog($about, 'kind=php code=0', provisor_refusal());
            return;
        }
        $module = ['module' => 'backupserver'];
        $configuration = Provisor\Params::configuration($module['module']);
        SGSecrets($configuration);
        Provisor\Job::run('backupserver.hook_signup', [
            'kind' => $kind,
            'client_id' => $order === '' ? $client : '',
            'order_id' => $order,
            'modules' => SGModules(),
            'configuration' => $configuration,
            'settings' => $settings,
        ], ['connect_seconds' => 5, 'read_seconds' => 10, 'step_seconds' => 10]);
    } catch (Throwable $e) {
        try {
            if ($e instanceof Provisor\JobFailed) {
                SGLog($about, "kind={$e->problem} code={$e->class}", $e->getMessage());
            } else {
                // Of anything unexpected only the place is told: its message may quote values.
                SGLog($about, 'kind=php code=-901', 'The PHP side failed: ' . get_class($e) . ' at '
                    . basename($e->getFile()) . ':' . $e->getLine());
            }
        } catch (Throwable $e) {
            // The host's own work goes on, whatever happens here.
        }
    }
}

/**
 * The modules whose products make accounts at a Backup Server: ours and its white labels, by what their files call.
 *
 * @return list<string>
 */
function SGModules()
{
    $modules = [];
    foreach (glob(dirname(__DIR__, 2) . '/modules/servers/*', GLOB_ONLYDIR) ?: [] as $folder) {
        $file = $folder . '/' . basename($folder) . '.php';
        if (is_file($file) && strpos((string) file_get_contents($file), "'backupserver.create'") !== false) {
            $modules[] = basename($folder);
        }
    }
    return $modules;
}

/**
 * One line, without secrets, in whmcs_error.log in the admin folder, whatever that folder is called. Where it cannot be
 * written, the activity log takes the line.
 *
 * @param string $about which hook for whom
 * @param string $kind  what failed
 * @param string $text
 * @return void
 */
function SGLog($about, $kind, $text)
{
    $settings = SGSettings();
    foreach (SGSecrets() as $secret) {
        $text = str_replace([$secret, rawurlencode($secret), htmlspecialchars($secret)], '****', $text);
    }
    $host = $settings['server_name'] . ($settings['port'] === '' ? '' : ':' . $settings['port']);
    $line = gmdate('Y-m-d\TH:i:s\Z') . " level=error $about host=" . preg_replace('/[^A-Za-z0-9.:_\[\]-]/', '', $host)
        . " $kind msg=\"" . addcslashes((string) preg_replace('/[\x00-\x1f\x7f]+/', ' ', $text), '"\\') . '"';
    $folder = SGAdminFolder();
    $file = "$folder/whmcs_error.log";
    if (is_file($file) && filesize($file) > 5 * 1024 * 1024) {
        @rename($file, "$folder/whmcs_error.1.log");
    }
    $new = !is_file($file);
    if (!is_dir($folder) || @file_put_contents($file, $line . "\n", FILE_APPEND | LOCK_EX) === false) {
        try {
            // This file's own, since it also says why nothing else of ours could be loaded.
            logActivity("Provisor: $line");
        } catch (Throwable $e) {
            // Then neither log can be written, and WHMCS goes on.
        }
    } elseif ($new) {
        @chmod($file, 0600);
    }
}

/**
 * The console's password, and the values of contract.extra in the config.json that was read, which may be secret.
 *
 * @param string|null $configuration the file's text, to keep
 * @return list<string>
 */
function SGSecrets($configuration = null)
{
    static $kept = '';
    if ($configuration !== null) {
        $kept = $configuration;
    }
    $secrets = [(string) SGSettings()['login_password']['secret']];
    $config = json_decode($kept, true);
    $extra = isset($config['contract']['extra']) ? $config['contract']['extra'] : [];
    foreach (is_array($extra) ? $extra : [] as $value) {
        $secrets[] = is_string($value) && strlen($value) >= 4 ? $value : '';
    }
    return array_values(array_filter($secrets, 'strlen'));
}

/** @return string the admin folder's path: WHMCS lets it be renamed in configuration.php */
function SGAdminFolder()
{
    $root = dirname(__DIR__, 2);
    $name = isset($GLOBALS['customadminpath']) ? (string) $GLOBALS['customadminpath'] : '';
    $file = "$root/configuration.php";
    if ($name === '' && is_file($file) && preg_match(
        '/^\s*\$customadminpath\s*=\s*([\'"])([A-Za-z0-9._-]+)\1\s*;/m',
        (string) file_get_contents($file),
        $found
    ) === 1) {
        $name = $found[2];
    }
    return $root . '/' . ($name === '' ? 'admin' : basename($name));
}
