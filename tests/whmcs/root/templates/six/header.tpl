<!DOCTYPE html>
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
<header id="header" class="header"><div class="container">
    <a class="navbar-brand" href="clientarea.php">{$companyname}</a>
    <nav aria-label="Main">
        {if $loggedin}
            <a href="clientarea.php">Services</a>
            <a href="clientarea.php?action=invoices">Invoices</a>
            <a href="logout.php">Logout {$clientsdetails.firstname}</a>
        {/if}
    </nav>
</div></header>
<section id="main-body"><div class="container">
    <div class="header-lined"><h1>{$pagetitle}</h1>
        <ol class="breadcrumb">{foreach $breadcrumb as $crumb}<li><a href="{$crumb.link}">{$crumb.label}</a></li>{/foreach}</ol>
    </div>
    <div class="row">
    {if $primarySidebar->hasChildren()}
    <div class="col-md-3 sidebar">
        {foreach $primarySidebar->getChildren() as $panel}
        {if $panel->hasChildren()}
        <div menuItemName="{$panel->getName()}" class="panel panel-sidebar panel-default">
            <div class="panel-heading">{$panel->getLabel()}</div>
            <div class="list-group">
                {foreach $panel->getChildren() as $child}
                <a menuItemName="{$child->getName()}" href="{$child->getUri()}" class="list-group-item">{$child->getLabel()}</a>
                {/foreach}
            </div>
        </div>
        {/if}
        {/foreach}
    </div>
    {/if}
    <div class="{if $primarySidebar->hasChildren()}col-md-9{else}col-xs-12{/if} main-content">
