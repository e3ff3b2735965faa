<?php

/**
 * OnApp virtual machines: a client's further pages, and the buttons on them. Each hands its parameters to
 * the job of its name; who may do what in which state is the core's to decide.
 *
 * This file stays readable for PHP 7.
 */

defined('WHMCS') || exit;

/** @param array<string, mixed> $params */
function onapp_machines(array $params)
{
    return Provisor\Entry::clientAction('onapp.machines', 'onapp.machines', $params);
}

/** @param array<string, mixed> $params */
function onapp_log_details(array $params)
{
    return Provisor\Entry::clientAction('onapp.log_details', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_disks(array $params)
{
    return Provisor\Entry::clientAction('onapp.disks', 'onapp.disks', $params);
}

/** @param array<string, mixed> $params */
function onapp_autobackup_on(array $params)
{
    return Provisor\Entry::clientAction('onapp.autobackup_on', 'onapp.disks', $params);
}

/** @param array<string, mixed> $params */
function onapp_autobackup_off(array $params)
{
    return Provisor\Entry::clientAction('onapp.autobackup_off', 'onapp.disks', $params);
}

/** @param array<string, mixed> $params */
function onapp_backups(array $params)
{
    return Provisor\Entry::clientAction('onapp.backups', 'onapp.backups', $params);
}

/** @param array<string, mixed> $params */
function onapp_take_backup(array $params)
{
    return Provisor\Entry::clientAction('onapp.take_backup', 'onapp.backups', $params);
}

/** @param array<string, mixed> $params */
function onapp_restore_backup(array $params)
{
    return Provisor\Entry::clientAction('onapp.restore_backup', 'onapp.backups', $params);
}

/** @param array<string, mixed> $params */
function onapp_delete_backup(array $params)
{
    return Provisor\Entry::clientAction('onapp.delete_backup', 'onapp.backups', $params);
}

/** @param array<string, mixed> $params */
function onapp_addresses(array $params)
{
    return Provisor\Entry::clientAction('onapp.addresses', 'onapp.addresses', $params);
}

/** @param array<string, mixed> $params */
function onapp_assign_address(array $params)
{
    return Provisor\Entry::clientAction('onapp.assign_address', 'onapp.addresses', $params);
}

/** @param array<string, mixed> $params */
function onapp_release_address(array $params)
{
    return Provisor\Entry::clientAction('onapp.release_address', 'onapp.addresses', $params);
}

/** @param array<string, mixed> $params */
function onapp_cpu(array $params)
{
    return Provisor\Entry::clientAction('onapp.cpu', 'onapp.cpu', $params);
}

/** @param array<string, mixed> $params */
function onapp_bandwidth(array $params)
{
    return Provisor\Entry::clientAction('onapp.bandwidth', 'onapp.bandwidth', $params);
}
