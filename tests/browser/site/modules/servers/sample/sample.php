<?php

/** The module `sample` of the tests: no panel, one of everything that a page can show. */

defined('WHMCS') || exit;

require_once __DIR__ . '/../../../includes/provisor/load.php';

function sample_MetaData()
{
    return ['DisplayName' => 'Sample', 'APIVersion' => '1.1', 'RequiresServer' => false];
}

function sample_ConfigOptions()
{
    return ['how' => ['FriendlyName' => 'How', 'Type' => 'text']];
}

function sample_CreateAccount(array $params)
{
    return 'success';
}

function sample_ClientArea(array $params)
{
    return Provisor\Entry::clientPage('sample.page', $params);
}

function sample_ClientAreaAllowedFunctions()
{
    return Provisor\Entry::clientFunctions('sample');
}

function sample_bandwidth(array $params)
{
    return Provisor\Entry::clientAction('sample.bandwidth', 'sample.page', $params);
}

function sample_reboot(array $params)
{
    return Provisor\Entry::clientAction('sample.reboot', 'sample.page', $params);
}

function sample_refresh(array $params)
{
    return Provisor\Entry::clientAction('sample.refresh', 'sample.page', $params);
}

function sample_contact(array $params)
{
    return Provisor\Entry::clientAction('sample.contact', 'sample.page', $params);
}

function sample_AdminCustomButtonArray(array $params)
{
    return Provisor\Entry::staffButtons('sample', ['sample.wipe' => 'wipe'], $params);
}

function sample_wipe(array $params)
{
    return Provisor\Entry::staffAction('sample.wipe', $params);
}

function sample_AdminServicesTabFields(array $params)
{
    return Provisor\Entry::staffTab('sample.page', $params);
}

function sample_AdminServicesTabFieldsSave(array $params)
{
    Provisor\Entry::staffTabSave('sample.contact', $params);
}
