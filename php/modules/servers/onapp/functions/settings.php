<?php

/**
 * OnApp virtual machines: the lists of the product's settings, which WHMCS asks for with the chosen server's parameters.
 *
 * This file stays readable for PHP 7.
 */

defined('WHMCS') || exit;

/**
 * @param array<string, mixed> $params
 * @return array<string, string>
 */
function onapp_LoadTemplates(array $params)
{
    return provisor_refusal() === '' ? Provisor\Choices::load('onapp', 'templates', $params) : [];
}

/**
 * @param array<string, mixed> $params
 * @return array<string, string>
 */
function onapp_LoadHypervisors(array $params)
{
    return provisor_refusal() === '' ? Provisor\Choices::load('onapp', 'hypervisors', $params) : [];
}

/**
 * @param array<string, mixed> $params
 * @return array<string, string>
 */
function onapp_LoadNetworks(array $params)
{
    return provisor_refusal() === '' ? Provisor\Choices::load('onapp', 'networks', $params) : [];
}
