<?php

/**
 * admin/clientsservices.php?id=N: module commands, custom buttons and the module's fields. Follows whmcs-contract.md
 * 1.9 (AdminCustomButtonArray), 1.12 (AdminServicesTabFields) and 1.7.
 */

declare(strict_types=1);

namespace StandIn\Pages;

use StandIn\Modules\Loader;
use StandIn\Modules\Params;
use StandIn\Modules\Runner;
use WHMCS\Database\Capsule;

final class AdminService
{
    private const COMMANDS = ['Create' => 'create', 'Suspend' => 'suspend', 'Unsuspend' => 'unsuspend',
        'Terminate' => 'terminate', 'Change Package' => 'upgrade'];

    public static function show(int $id): void
    {
        AdminLayout::requireAdmin();
        $module = Runner::moduleOf($id);
        Loader::load($module);
        $message = '';
        if ($_SERVER['REQUEST_METHOD'] === 'POST') {
            $message = self::act($id, $module);
        }
        $service = Capsule::table('tblhosting')->find($id);
        $params = Params::forService($id);
        $html = $message === '' ? '' : '<div class="alert alert-info" id="modresult">' . AdminLayout::text($message)
            . '</div>';
        $html .= "<p>$service->domain: <strong>$service->domainstatus</strong></p>"
            . "<form method=\"post\" action=\"clientsservices.php?id=$id\">" . generate_token();
        foreach (self::COMMANDS as $label => $command) {
            $html .= "<button class=\"btn\" name=\"modop\" value=\"$command\">$label</button> ";
        }
        foreach ((array) Loader::call($module, 'AdminCustomButtonArray', $params) as $label => $function) {
            $html .= '<button class="btn" name="custom" value="' . AdminLayout::text($function) . '">'
                . AdminLayout::text($label) . '</button> ';
        }
        $html .= '<table class="form table">';
        foreach ((array) Loader::call($module, 'AdminServicesTabFields', $params) as $label => $cell) {
            $html .= "<tr><td class=\"fieldlabel\">$label</td><td class=\"fieldarea\">$cell</td></tr>";
        }
        $html .= '</table><button class="btn btn-primary" name="save" value="1">Save Changes</button></form>';
        AdminLayout::show("Service $id", $html);
    }

    private static function act(int $id, string $module): string
    {
        if (isset($_POST['custom'])) {
            $result = Runner::custom($id, (string) $_POST['custom'], false);
            return is_string($result) ? $result : 'The module returned no message';
        }
        if (in_array($_POST['modop'] ?? '', self::COMMANDS, true)) {
            return Runner::run($id, (string) $_POST['modop'], false);
        }
        Loader::call($module, 'AdminServicesTabFieldsSave', Params::forService($id));
        return 'Changes Saved Successfully!';
    }
}
