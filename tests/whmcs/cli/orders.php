<?php

/** client:add, order, accept, module, queue, cancel: clients, orders and module actions. */

declare(strict_types=1);

use StandIn\Cli\Args;
use StandIn\Cli\Command;
use StandIn\Clients;
use StandIn\Modules\Loader;
use StandIn\Modules\Params;
use StandIn\Modules\Queue;
use StandIn\Modules\Runner;
use StandIn\Orders\Options;
use StandIn\Orders\Orders;
use StandIn\Refusal;
use WHMCS\Database\Capsule;

return [
    new Command('client:add', 'add a client; prints its id', [
        'email ADDRESS' => '', 'first NAME' => '', 'last NAME' => '', 'company NAME' => '', 'currency CODE' => '',
        'country CC' => '(US)', 'state STATE' => '', 'tax-exempt' => '', 'credit AMOUNT' => 'credit to begin with',
        'field ID=VALUE...' => 'a custom field by id',
    ], static function (Args $args): ?int {
        $currency = $args->has('currency')
            ? Capsule::table('tblcurrencies')->where('code', $args->get('currency'))->value('id')
                ?? throw new Refusal("there is no currency {$args->get('currency')}")
            : 0;
        $id = Clients::add(['email' => $args->form('email'), 'firstname' => $args->form('first', 'Cleo'),
            'lastname' => $args->form('last', 'Client'), 'companyname' => $args->form('company'),
            'country' => $args->get('country', 'US'), 'state' => $args->form('state'), 'currency' => (int) $currency,
            'taxexempt' => $args->has('tax-exempt') ? 1 : 0,
            'password2' => bin2hex(random_bytes(8))], $args->pairs('field'));
        if ($args->has('credit')) {
            StandIn\Billing\Credit::change($id, (float) $args->get('credit'), 'Opening credit');
        }
        $args->answer(['id' => $id]);
        return null;
    }),

    new Command('order', 'place an order as a client does; prints order, service and invoice (0: none)', [
        'client ID' => '', 'product ID' => '', 'domain NAME' => 'hostname of the service',
        'password TEXT' => "the service's password (made by WHMCS when left out)", 'cycle CYCLE' => '(monthly)',
        'option NAME=VALUE...' => 'a configurable option: choice, quantity, or 1/0',
        'field ID=VALUE...' => 'a custom field by id', 'qty N' => '(1)', 'gateway NAME' => '(banktransfer)',
    ], static function (Args $args): ?int {
        $product = (int) $args->need('product');
        $placed = Orders::place(['clientid' => (int) $args->need('client'), 'pid' => $product,
            'domain' => $args->form('domain'), 'password' => $args->get('password'),
            'cycle' => $args->get('cycle', 'monthly'), 'gateway' => $args->get('gateway', 'banktransfer'),
            'qty' => $args->int('qty', 1), 'options' => Options::fromTexts($product, $args->all('option')),
            'fields' => $args->pairs('field'), 'invoice' => true, 'email' => true]);
        Orders::checkedOut($placed, $args->get('gateway', 'banktransfer'));
        $args->answer($placed);
        return null;
    }),

    new Command('upgrade', 'order other configurable options for a service; prints upgrade, order, invoice, price', [
        'service ID' => '', 'option NAME=VALUE...' => 'a configurable option: choice, quantity, or 1/0',
    ], static function (Args $args): ?int {
        $service = (int) $args->need('service');
        $product = (int) Capsule::table('tblhosting')->where('id', $service)->value('packageid');
        $chosen = Options::fromTexts($product, $args->all('option'));
        $args->answer(StandIn\Orders\Upgrades::orderOptions($service, $chosen, false));
        return null;
    }),

    new Command('accept', "accept an order as staff do; prints each service's id and what its module said", [
        'order ID' => '', 'server ID' => 'force this server', 'no-setup' => 'do not run the module',
    ], static function (Args $args): ?int {
        $how = ['serverid' => $args->int('server')] + ($args->has('no-setup') ? ['autosetup' => false] : []);
        $failed = false;
        foreach (Orders::accept((int) $args->need('order'), $how) as $service => $result) {
            $args->answer(['service' => $service, 'result' => $result === '' ? 'not set up' : $result]);
            $failed = $failed || !in_array($result, ['', 'success'], true);
        }
        return $failed ? 1 : 0;
    }),

    new Command('cancel', 'cancel an order, an invoice, or ask for a service to be cancelled', [
        'order ID' => '', 'invoice ID' => '', 'service ID' => 'a cancellation request, carried out by the daily cron',
        'at-end' => 'at the end of the billing period instead of immediately',
    ], static function (Args $args): ?int {
        if ($args->has('order')) {
            Orders::cancel($args->int('order'));
        } elseif ($args->has('invoice')) {
            StandIn\Billing\Invoices::setStatus($args->int('invoice'), 'Cancelled');
        } else {
            $service = (int) $args->need('service');
            $type = $args->has('at-end') ? 'End of Billing Period' : 'Immediate';
            Capsule::table('tblcancelrequests')->insert(['relid' => $service, 'date' => StandIn\Clock::stamp(),
                'reason' => 'asked for', 'type' => $type]);
            run_hook('CancellationRequest', ['userid' => (int) Capsule::table('tblhosting')->where('id', $service)
                ->value('userid'), 'relid' => $service, 'reason' => 'asked for', 'type' => $type]);
        }
        return null;
    }),

    new Command('module', 'run a module function; prints success or its message, else JSON', [
        'service ID' => 'the service', 'server ID' => 'the server, for server-level functions',
        'action ACTION' => implode(', ', Runner::actions()) . ', testconnection, usageupdate, custom, configoptions, '
            . 'call',
        'function NAME' => 'for custom and call: the name without the module prefix',
        'module MODULE' => 'for configoptions', 'password TEXT' => 'for changepassword',
        'reason TEXT' => 'for suspend', 'automatic' => 'a failure goes to the module queue',
    ], static function (Args $args): ?int {
        $action = strtolower($args->need('action'));
        if (in_array($action, Runner::actions(), true)) {
            $details = ['suspendreason' => $args->form('reason'), 'newpassword' => $args->get('password')];
            $result = Runner::run((int) $args->need('service'), $action, $args->has('automatic'), $details);
            $args->answer(['result' => $result]);
            return $result === 'success' ? 0 : 1;
        }
        if ($action === 'configoptions') {
            $args->json(Loader::configOptions($args->get('module', 'onapp')));
            return 0;
        }
        if ($action === 'custom') {
            $byClient = $args->get('as') === 'client';
            $result = Runner::custom((int) $args->need('service'), $args->need('function'), $byClient);
            is_string($result) ? $args->answer(['result' => $result]) : $args->json($result);
            return $result === 'success' || is_array($result) ? 0 : 1;
        }
        $function = ['testconnection' => 'TestConnection', 'usageupdate' => 'UsageUpdate'][$action]
            ?? ($action === 'call' ? $args->need('function') : throw new Refusal("unknown action $action"));
        $params = $args->has('service')
            ? Params::forService($args->int('service'), strtolower($function))
            : Params::forServer((int) $args->need('server'));
        $module = $args->has('service')
            ? Runner::moduleOf($args->int('service'))
            : (string) Capsule::table('tblservers')->where('id', $args->int('server'))->value('type');
        Loader::load($module);
        if (!Loader::has($module, $function)) {
            throw new Refusal("module $module has no function {$module}_$function");
        }
        $result = Loader::call($module, $function, $params);
        is_string($result) && !$args->has('json') ? print("$result\n") : $args->json($result);
        return $function === 'TestConnection' && ($result['success'] ?? !isset($result['error'])) !== true ? 1 : 0;
    }),

    new Command('queue', 'list the open items of the module queue, or retry them', [
        'retry ID' => 'press Retry: an id, or all',
    ], static function (Args $args): ?int {
        if (!$args->has('retry')) {
            $args->rows(localAPI('GetModuleQueue')['queue']);
            return 0;
        }
        $ids = $args->get('retry') === 'all'
            ? Capsule::table('tblmodulequeue')->where('completed', 0)->orderBy('id')->pluck('id')->all()
            : [$args->get('retry')];
        $failed = false;
        foreach ($ids as $id) {
            $result = Queue::retry((int) $id);
            $args->answer(['id' => $id, 'result' => $result]);
            $failed = $failed || $result !== 'success';
        }
        return $failed ? 1 : 0;
    }),
];
