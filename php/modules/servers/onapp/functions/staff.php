<?php

/**
 * OnApp virtual machines: the functions behind the buttons of staff. Each hands its parameters to
 * the job of its name; who may do what in which state is the core's to decide.
 *
 * This file stays readable for PHP 7.
 */

defined('WHMCS') || exit;

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
