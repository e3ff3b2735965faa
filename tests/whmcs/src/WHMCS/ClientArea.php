<?php

/**
 * A client area page. Follows whmcs-contract.md 6.6 (stand-alone pages), 6.2 (global template variables) and 3.9
 * (ClientAreaPage hooks, head, header and footer output).
 */

declare(strict_types=1);

namespace WHMCS;

use StandIn\ClientDetails;
use StandIn\Clock;
use StandIn\Modules\HookList;
use StandIn\Pages\Engine;
use StandIn\Pages\Language;
use StandIn\Pages\Session;
use StandIn\Settings;
use WHMCS\Authentication\CurrentUser;

class ClientArea
{
    /** @var array<string, mixed> */
    private array $vars = ['pagetitle' => '', 'breadcrumb' => []];

    private string $template = '';

    /** @var list<string> folders whose templates come before the theme's */
    private array $folders = [];

    /** the part of ClientAreaPage<Name> */
    private string $hookName = '';

    public function setPageTitle(string $title): void
    {
        $this->vars['pagetitle'] = $title;
    }

    public function addToBreadCrumb(string $url, string $label): void
    {
        $this->vars['breadcrumb'][] = ['link' => $url, 'label' => $label];
    }

    public function initPage(): void
    {
        $user = new CurrentUser();
        $now = Clock::now();
        $url = Settings::get('SystemURL');
        $this->vars += [
            'charset' => 'utf-8', 'client' => $user->client(), 'companyname' => Settings::get('CompanyName'),
            'date_day' => $now->format('d'), 'date_month' => $now->format('m'), 'date_year' => $now->format('Y'),
            'filename' => basename((string) ($_SERVER['SCRIPT_NAME'] ?? ''), '.php'),
            'language' => Settings::get('Language'), 'LANG' => Language::all(), 'loggedin' => $this->isLoggedIn(),
            'logo' => '', 'systemurl' => $url, 'systemsslurl' => $url, 'systemNonSSLURL' => $url,
            'template' => Settings::get('Template'), 'todaysdate' => $now->format('l, jS F Y'),
            'token' => Session::token(), 'WEB_ROOT' => '', 'servedOverSsl' => false, 'versionHash' => 'standin',
            'BASE_PATH_CSS' => '/assets/css', 'BASE_PATH_JS' => '/assets/js', 'BASE_PATH_IMG' => '/assets/img',
            'BASE_PATH_FONTS' => '/assets/fonts',
            'clientsdetails' => $this->isLoggedIn() ? ClientDetails::of((int) $_SESSION['uid']) : [],
        ];
    }

    public function isLoggedIn(): bool
    {
        return isset($_SESSION['uid']);
    }

    public function getUserID(): int
    {
        return (int) ($_SESSION['uid'] ?? 0);
    }

    /** Shows the log-in form instead of the page, and ends. */
    public function requireLogin(): void
    {
        if (!$this->isLoggedIn()) {
            $this->setTemplate('login');
            $this->setPageTitle('Login');
            $this->output();
            exit;
        }
    }

    public function assign(string $name, mixed $value): void
    {
        $this->vars[$name] = $value;
    }

    public function getTemplateVar(string $name): mixed
    {
        return $this->vars[$name] ?? null;
    }

    public function setTemplate(string $name): void
    {
        $this->template = $name;
    }

    public function setHookName(string $name): void
    {
        $this->hookName = $name;
    }

    /** A folder of templates that comes before the theme, for module pages. */
    public function addFolder(string $folder): void
    {
        $this->folders[] = $folder;
    }

    public function output(): void
    {
        $this->initPage();
        $this->vars['templatefile'] = $this->template;
        $this->sidebars();
        $points = $this->hookName === '' ? ['ClientAreaPage'] : ['ClientAreaPage', "ClientAreaPage$this->hookName"];
        foreach ($points as $point) {
            foreach (HookList::run($point, $this->vars) as $return) {
                $this->vars = (is_array($return) ? $return : []) + $this->vars;
            }
        }
        foreach (['headoutput' => 'Head', 'headeroutput' => 'Header', 'footeroutput' => 'Footer'] as $name => $point) {
            $parts = HookList::run("ClientArea{$point}Output", $this->vars);
            $this->vars[$name] = implode("\n", array_filter($parts, 'is_string'));
        }
        header('Content-Type: text/html; charset=utf-8');
        $smarty = Engine::make($this->folders);
        $smarty->assign($this->vars);
        foreach (['header', $this->template, 'footer'] as $part) {
            echo $smarty->fetch(str_ends_with($part, '.tpl') ? $part : "$part.tpl");
        }
    }

    private function sidebars(): void
    {
        foreach (['Primary' => \Menu::primarySidebar(), 'Secondary' => \Menu::secondarySidebar()] as $name => $bar) {
            HookList::run("ClientArea{$name}Sidebar", $bar);
            $this->vars[strtolower($name) . 'Sidebar'] = $bar;
        }
    }
}
