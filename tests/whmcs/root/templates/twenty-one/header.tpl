<!doctype html>
<html lang="en">
<head>
    <meta charset="{$charset}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{$pagetitle} - {$companyname}</title>
    <link href="/templates/{$template}/css/theme.css" rel="stylesheet">
    <script>var csrfToken = '{$token}', whmcsBaseUrl = '{$WEB_ROOT}', locale = 'en_GB';</script>
    {$headoutput}
</head>
<body data-phone-cc-input="1">
{$headeroutput}
<header id="header" class="header">
    <div class="container">
        <a class="navbar-brand" href="clientarea.php">{$companyname}</a>
        <nav>
            {if $loggedin}
                <a href="clientarea.php">Services</a>
                <a href="clientarea.php?action=invoices">Invoices</a>
                <a href="logout.php">Logout {$clientsdetails.firstname}</a>
            {/if}
        </nav>
    </div>
</header>
<nav class="breadcrumb-bar"><ol class="breadcrumb container">
    {foreach $breadcrumb as $crumb}<li class="breadcrumb-item"><a href="{$crumb.link}">{$crumb.label}</a></li>{/foreach}
</ol></nav>
<section id="main-body"><div class="container"><div class="row">
    {if $primarySidebar->hasChildren()}
    <div class="col-lg-4 col-xl-3"><div class="sidebar">
        {foreach $primarySidebar->getChildren() as $panel}
        {if $panel->hasChildren()}
        <div menuItemName="{$panel->getName()}" class="mb-3 card card-sidebar">
            <div class="card-header">{$panel->getLabel()}</div>
            <div class="list-group list-group-flush">
                {foreach $panel->getChildren() as $child}
                <a menuItemName="{$child->getName()}" href="{$child->getUri()}" class="list-group-item list-group-item-action">{$child->getLabel()}</a>
                {/foreach}
            </div>
        </div>
        {/if}
        {/foreach}
    </div></div>
    {/if}
    <div class="{if $primarySidebar->hasChildren()}col-lg-8 col-xl-9{else}col-12{/if} primary-content">
