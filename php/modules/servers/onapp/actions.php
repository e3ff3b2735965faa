<?php

/**
 * OnApp virtual machines: the functions behind the buttons, of clients and of staff. Each hands its parameters to the job of
 * its name; who may do what in which state is the core's to decide.
 *
 * This file stays readable for PHP 7.
 */

defined('WHMCS') || exit;

/** @param array<string, mixed> $params */
function onapp_page(array $params)
{
    return Provisor\Entry::clientAction('onapp.page', 'onapp.page', $params);
}

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
function onapp_create_vm(array $params)
{
    return Provisor\Entry::clientAction('onapp.create_vm', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_start(array $params)
{
    return Provisor\Entry::clientAction('onapp.start', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_shutdown(array $params)
{
    return Provisor\Entry::clientAction('onapp.shutdown', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_stop(array $params)
{
    return Provisor\Entry::clientAction('onapp.stop', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_reboot(array $params)
{
    return Provisor\Entry::clientAction('onapp.reboot', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_unlock(array $params)
{
    return Provisor\Entry::clientAction('onapp.unlock', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_build(array $params)
{
    return Provisor\Entry::clientAction('onapp.build', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_rebuild(array $params)
{
    return Provisor\Entry::clientAction('onapp.rebuild', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_rebuild_network(array $params)
{
    return Provisor\Entry::clientAction('onapp.rebuild_network', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_delete_vm(array $params)
{
    return Provisor\Entry::clientAction('onapp.delete_vm', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_console(array $params)
{
    return Provisor\Entry::clientAction('onapp.console', 'onapp.page', $params);
}

/** @param array<string, mixed> $params */
function onapp_reset_password(array $params)
{
    return Provisor\Entry::clientAction('onapp.reset_password', 'onapp.page', $params);
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
function onapp_cpu(array $params)
{
    return Provisor\Entry::clientAction('onapp.cpu', 'onapp.cpu', $params);
}

/** @param array<string, mixed> $params */
function onapp_bandwidth(array $params)
{
    return Provisor\Entry::clientAction('onapp.bandwidth', 'onapp.bandwidth', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffstart(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.start', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffshutdown(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.shutdown', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffstop(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.stop', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffreboot(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.reboot', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffunlock(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.unlock', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffbuild(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.build', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffrebuild(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.rebuild', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffrebuild_network(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.rebuild_network', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffdelete_vm(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.delete_vm', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffconsole(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.console', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffreset_password(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.reset_password', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffsync(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.sync', $params);
}
