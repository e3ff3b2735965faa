<?php

/**
 * OnApp virtual machines: the firewall page of a client, and the buttons on it. Each hands its parameters to
 * the job of its name; who may do what in which state is the core's to decide.
 *
 * This file stays readable for PHP 7.
 */

defined('WHMCS') || exit;

/** @param array<string, mixed> $params */
function onapp_firewall(array $params)
{
    return Provisor\Entry::clientAction('onapp.firewall', 'onapp.firewall', $params);
}

/** @param array<string, mixed> $params */
function onapp_add_rule(array $params)
{
    return Provisor\Entry::clientAction('onapp.add_rule', 'onapp.firewall', $params);
}

/** @param array<string, mixed> $params */
function onapp_delete_rule(array $params)
{
    return Provisor\Entry::clientAction('onapp.delete_rule', 'onapp.firewall', $params);
}

/** @param array<string, mixed> $params */
function onapp_rule_up(array $params)
{
    return Provisor\Entry::clientAction('onapp.rule_up', 'onapp.firewall', $params);
}

/** @param array<string, mixed> $params */
function onapp_rule_down(array $params)
{
    return Provisor\Entry::clientAction('onapp.rule_down', 'onapp.firewall', $params);
}

/** @param array<string, mixed> $params */
function onapp_default_accept(array $params)
{
    return Provisor\Entry::clientAction('onapp.default_accept', 'onapp.firewall', $params);
}

/** @param array<string, mixed> $params */
function onapp_default_drop(array $params)
{
    return Provisor\Entry::clientAction('onapp.default_drop', 'onapp.firewall', $params);
}

/** @param array<string, mixed> $params */
function onapp_apply_firewall(array $params)
{
    return Provisor\Entry::clientAction('onapp.apply_firewall', 'onapp.firewall', $params);
}
