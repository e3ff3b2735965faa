<?php

/**
 * Takes the place of the old OnApp module's client page: its addresses lead to the module's pages of today, and without a
 * service to the list of the client's virtual machines.
 */

define('CLIENTAREA', true);
require __DIR__ . '/init.php';
require_once __DIR__ . '/includes/provisor/load.php';

$address = 'clientarea.php?action=services';
if (provisor_refusal() === '') {
    try {
        $pages = ['list' => 'machines', 'disks' => 'disks', 'backups' => 'backups', 'cpuusage' => 'cpu', 'ipaddresses' => 'addresses',
            'firewallrules' => 'firewall', 'firewall' => 'firewall', 'upgrade' => 'upgrade'];
        $address = Provisor\Menu::old('onapp', $pages, $_GET);
    } catch (Throwable $e) {
        Provisor\Journal::activity('Provisor: ' . Provisor\Entry::sentence($e));
    }
}
header("Location: $address");
