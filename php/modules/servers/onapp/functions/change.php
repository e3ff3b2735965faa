<?php

/**
 * OnApp virtual machines: a new package or other options. Each hands its parameters to the job of its name; what is
 * changed, and what is refused, is the core's to decide.
 *
 * This file stays readable for PHP 7.
 */

defined('WHMCS') || exit;

/**
 * WHMCS calls it after a paid upgrade of product or options, and for the button Change Package.
 *
 * @param array<string, mixed> $params
 */
function onapp_ChangePackage(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::verb('onapp.change_package', $params);
}

/** @param array<string, mixed> $params */
function onapp_upgrade(array $params)
{
    return Provisor\Entry::clientAction('onapp.upgrade', 'onapp.upgrade', $params);
}

/** @param array<string, mixed> $params */
function onapp_upgrade_options(array $params)
{
    return provisor_onapp_upgrades('onapp.upgrade_options', 'configoptions', $params);
}

/** @param array<string, mixed> $params */
function onapp_upgrade_package(array $params)
{
    return provisor_onapp_upgrades('onapp.upgrade_package', 'package', $params);
}

/** @param array<string, mixed> $params */
function onapp_staffbackup(array $params)
{
    return provisor_refusal() ?: Provisor\Entry::staffAction('onapp.take_backup', $params);
}

/**
 * To WHMCS's own page, which takes the order, if the product has such upgrades; else the module's page says that it has not.
 *
 * @param array<string, mixed> $params
 */
function provisor_onapp_upgrades(string $job, string $type, array $params)
{
    try {
        Provisor\Job::run(
            $job,
            Provisor\Params::service($params, Provisor\Caller::client()),
            Provisor\Settings::waiting('action')
        );
    } catch (Throwable $e) {
        return Provisor\Entry::clientAction($job, 'onapp.upgrade', $params);
    }
    header("Location: upgrade.php?type=$type&id=" . (int) $params['serviceid'], true, 303);
    exit;
}
