<?php

/**
 * clientarea.php?action=productdetails&id=N: the page of one service. Follows whmcs-contract.md 6.3 (variables), 1.9
 * (custom functions), 1.10 (single sign-on), 1.11 (what ClientArea may return), 6.8 (token on POST).
 */

declare(strict_types=1);

namespace StandIn\Pages;

use Menu;
use StandIn\Crypt;
use StandIn\Modules\HookList;
use StandIn\Modules\Loader;
use StandIn\Modules\Params;
use StandIn\Modules\Runner;
use StandIn\Money;
use WHMCS\ClientArea;
use WHMCS\Database\Capsule;
use WHMCS\Service\Service;

final class ProductDetails
{
    private ClientArea $page;
    private object $service;
    private object $product;
    private string $module;

    private function __construct(int $serviceId)
    {
        $this->page = new ClientArea();
        $this->page->setPageTitle('Product Details');
        $this->page->setHookName('ProductDetails');
        $this->page->requireLogin();
        $service = Capsule::table('tblhosting')->find($serviceId);
        if ($service === null || (int) $service->userid !== $this->page->getUserID()) {
            header('Location: clientarea.php');
            exit;
        }
        $this->service = $service;
        $this->product = Capsule::table('tblproducts')->find($service->packageid);
        $this->module = (string) $this->product->servertype;
        $this->page->addToBreadCrumb('clientarea.php', 'Client Area');
        $this->page->addToBreadCrumb("clientarea.php?action=productdetails&id=$serviceId", 'Product Details');
    }

    public static function show(int $serviceId): void
    {
        $details = new self($serviceId);
        if ($_SERVER['REQUEST_METHOD'] === 'POST') {
            Session::requireToken();
        }
        if ($details->module !== '') {
            Loader::load($details->module);
            $details->page->addFolder(ROOTDIR . "/modules/servers/$details->module");
            $details->actions();
        }
        $details->variables();
        $details->menu();
        if ($details->module !== '') {
            $details->moduleOutput();
        }
        $details->page->setTemplate('clientareaproductdetails');
        $details->page->output();
    }

    private function actions(): void
    {
        $id = (int) $this->service->id;
        if (($_REQUEST['modop'] ?? '') === 'custom') {
            $result = Runner::custom($id, (string) ($_REQUEST['a'] ?? ''), true);
            if (is_array($result)) {
                $this->customPage($result);
            }
            $this->page->assign('modulecustombuttonresult', (string) $result);
        }
        if (($_POST['modulechangepassword'] ?? '') === 'true') {
            $result = $_POST['newpw'] !== $_POST['confirmpw']
                ? 'The passwords you entered did not match'
                : Runner::run($id, 'changepassword', false, ['newpassword' => (string) $_POST['newpw']]);
            $this->page->assign('modulechangepwresult', $result === 'success' ? 'success' : 'error');
            $this->page->assign('modulechangepasswordmessage', $result);
        }
        if (isset($_REQUEST['dosinglesignon'])) {
            $answer = (array) Loader::call($this->module, 'ServiceSingleSignOn', Params::forService($id));
            if (!empty($answer['success'])) {
                header('Location: ' . $answer['redirectTo']);
                exit;
            }
            $this->page->assign('modulecustombuttonresult', (string) ($answer['errorMsg'] ?? 'Sign-on failed'));
        }
        $this->service = Capsule::table('tblhosting')->find($id);
    }

    /**
     * A custom function that returned a page of its own: the whole page is its template.
     *
     * @param array<string, mixed> $result templatefile, breadcrumb, vars, pagetitle
     */
    private function customPage(array $result): never
    {
        foreach ((array) ($result['breadcrumb'] ?? []) as $url => $label) {
            $this->page->addToBreadCrumb((string) $url, (string) $label);
        }
        if (isset($result['pagetitle'])) {
            $this->page->setPageTitle((string) $result['pagetitle']);
        }
        $this->variables();
        $this->menu();
        foreach (self::moduleVariables($this->service) as $name => $value) {
            $this->page->assign((string) $name, $value);
        }
        foreach ((array) ($result['vars'] ?? []) as $name => $value) {
            $this->page->assign((string) $name, $value);
        }
        $this->page->setTemplate((string) $result['templatefile']);
        $this->page->output();
        exit;
    }

    private function variables(): void
    {
        $service = $this->service;
        $currency = (int) Capsule::table('tblclients')->where('id', $service->userid)->value('currency');
        $server = Capsule::table('tblservers')->find($service->server);
        $vars = [
            'id' => (int) $service->id, 'serviceid' => (int) $service->id, 'product' => $this->product->name,
            'groupname' => Capsule::table('tblproductgroups')->where('id', $this->product->gid)->value('name'),
            'type' => $this->product->type, 'rawstatus' => strtolower((string) $service->domainstatus),
            'status' => $service->domainstatus, 'regdate' => fromMySQLDate((string) $service->regdate),
            'firstpaymentamount' => Money::format($service->firstpaymentamount, $currency),
            'recurringamount' => Money::format($service->amount, $currency),
            'billingcycle' => $service->billingcycle, 'nextduedate' => fromMySQLDate((string) $service->nextduedate),
            'paymentmethod' => $service->paymentmethod, 'suspendreason' => $service->suspendreason,
            'quantitySupported' => false, 'quantity' => (int) $service->qty, 'domain' => $service->domain,
            'domainId' => 0, 'username' => $service->username, 'dedicatedip' => $service->dedicatedip,
            'assignedips' => $service->assignedips, 'ns1' => $service->ns1, 'ns2' => $service->ns2,
            'serverdata' => ['hostname' => $server->hostname ?? '', 'ipaddress' => $server->ipaddress ?? ''],
            'packagesupgrade' => false, 'showcancelbutton' => true, 'showRenewServiceButton' => false,
            'pendingcancellation' => Capsule::table('tblcancelrequests')->where('relid', $service->id)->exists(),
            'configurableoptions' => [], 'customfields' => [], 'productcustomfields' => [], 'metricStats' => [],
            'downloads' => [], 'addons' => [], 'addonsavailable' => false, 'sslStatus' => null,
            'unpaidInvoice' => $this->unpaidInvoice(), 'unpaidInvoiceOverdue' => false, 'unpaidInvoiceMessage' => '',
        ] + $this->usage();
        foreach (Params::configurableOptions((int) $service->id) as $name => $value) {
            $vars['configurableoptions'][] = ['optionname' => $name, 'optiontype' => 1, 'selectedqty' => $value,
                'selectedoption' => $value, 'selectedname' => $value];
        }
        $vars['hookOutput'] = array_filter(
            HookList::run('ClientAreaProductDetailsOutput', ['service' => Service::find($service->id)]),
            'is_string'
        );
        foreach ($vars as $name => $value) {
            $this->page->assign($name, $value);
        }
    }

    private function unpaidInvoice(): int
    {
        return (int) Capsule::table('tblinvoiceitems as l')->join('tblinvoices as i', 'i.id', '=', 'l.invoiceid')
            ->where('l.type', 'Hosting')->where('l.relid', $this->service->id)->where('i.status', 'Unpaid')
            ->value('i.id');
    }

    /** Shown only when lastupdate is set (whmcs-contract.md 1.13). @return array<string, mixed> */
    private function usage(): array
    {
        $percent = static fn (int $used, int $limit): string
            => $limit > 0 ? min(100, (int) round($used / $limit * 100)) . '%' : '0%';
        $service = $this->service;
        $updated = (string) $service->lastupdate;
        return [
            'lastupdate' => str_starts_with($updated, '0000') || $updated === '' ? '' : fromMySQLDate($updated, true),
            'diskusage' => $service->diskusage . 'MB',
            'disklimit' => (int) $service->disklimit === 0 ? 'Unlimited' : $service->disklimit . 'MB',
            'diskpercent' => $percent((int) $service->diskusage, (int) $service->disklimit),
            'bwusage' => $service->bwusage . 'MB',
            'bwlimit' => (int) $service->bwlimit === 0 ? 'Unlimited' : $service->bwlimit . 'MB',
            'bwpercent' => $percent((int) $service->bwusage, (int) $service->bwlimit),
        ];
    }

    private function menu(): void
    {
        Menu::addContext('service', Service::find($this->service->id));
        $url = "clientarea.php?action=productdetails&id={$this->service->id}";
        $overview = Menu::primarySidebar()->addChild('Service Details Overview', ['label' => 'Overview']);
        $overview->addChild('Information', ['label' => 'Information', 'uri' => $url . '#tabOverview']);
        $actions = Menu::primarySidebar()->addChild('Service Details Actions', ['label' => 'Actions']);
        if ($this->module === '' || $this->service->domainstatus !== 'Active') {
            return;
        }
        $params = Params::forService((int) $this->service->id);
        foreach ((array) Loader::call($this->module, 'ClientAreaCustomButtonArray', $params) as $label => $function) {
            $actions->addChild("Custom Module Button $label", ['label' => $label,
                'uri' => "$url&modop=custom&a=$function"]);
        }
    }

    /** @return array<string, mixed> the module's params as template variables (whmcs-contract.md 1.11) */
    private static function moduleVariables(object $service): array
    {
        $params = Params::forService((int) $service->id);
        unset($params['password'], $params['serverpassword'], $params['serverusername'], $params['serveraccesshash']);
        return $params;
    }

    private function moduleOutput(): void
    {
        $params = Params::forService((int) $this->service->id);
        $extra = [];
        $hookVars = ['serviceid' => (int) $this->service->id, 'product' => $this->product->name,
            'groupname' => '', 'modulename' => $this->module, 'domain' => $this->service->domain,
            'systemStatus' => $this->service->domainstatus, 'username' => $this->service->username,
            'password' => Crypt::decrypt((string) $this->service->password)];
        foreach (HookList::run('ClientAreaProductDetailsPreModuleTemplate', $hookVars) as $return) {
            $extra = (is_array($return) ? $return : []) + $extra;
        }
        $output = Loader::call($this->module, 'ClientArea', $params + ['templatevars' => $extra]);
        $folder = ROOTDIR . "/modules/servers/$this->module";
        if ($output === null && is_file("$folder/clientarea.tpl")) {
            $output = ['templatefile' => 'clientarea', 'vars' => []];
        }
        if (is_array($output)) {
            $replacement = $output['tabOverviewReplacementTemplate'] ?? null;
            $template = $replacement ?? $output['tabOverviewModuleOutputTemplate'] ?? $output['templatefile'] ?? null;
            $vars = (array) ($output['templateVariables'] ?? $output['vars'] ?? []);
            $html = $template === null ? '' : $this->render($folder, (string) $template, $vars + $extra);
            $this->page->assign($replacement === null ? 'moduleclientarea' : 'tplOverviewTabOutput', $html);
        } else {
            $this->page->assign('moduleclientarea', (string) $output);
        }
    }

    /** @param array<string, mixed> $vars */
    private function render(string $folder, string $template, array $vars): string
    {
        $this->page->initPage();
        $smarty = Engine::make([$folder]);
        $page = [];
        foreach (['token', 'WEB_ROOT', 'systemurl', 'template', 'LANG', 'language', 'id', 'serviceid', 'rawstatus',
            'companyname', 'loggedin', 'client', 'lastupdate', 'bwusage', 'bwlimit', 'bwpercent',
            'modulecustombuttonresult'] as $name) {
            $page[$name] = $this->page->getTemplateVar($name);
        }
        $smarty->assign($vars + self::moduleVariables($this->service) + $page);
        return (string) $smarty->fetch(str_ends_with($template, '.tpl') ? $template : "$template.tpl");
    }
}
