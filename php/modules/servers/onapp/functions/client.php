<?php

/**
 * OnApp virtual machines: the functions behind a client's buttons on the machine itself. Each hands its parameters to
 * the job of its name; who may do what in which state is the core's to decide.
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
function onapp_show_password(array $params)
{
    return Provisor\Entry::clientAction('onapp.show_password', 'onapp.page', $params);
}

/** @param array<string, mixed> $params with the new password, which WHMCS stores when this says success */
function onapp_ChangePassword(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('onapp.change_password', $params);
}
