{if isset($modulecustombuttonresult) && $modulecustombuttonresult != ''}
    {if $modulecustombuttonresult == 'success'}
        {include file="$template/includes/alert.tpl" type="success" msg={lang key='moduleactionsuccess'} textcenter=true idname="alertModuleCustomButtonSuccess"}
    {else}
        {include file="$template/includes/alert.tpl" type="error" msg="`$LANG.moduleactionfailed`: `$modulecustombuttonresult`" textcenter=true idname="alertModuleCustomButtonFailed"}
    {/if}
{/if}
{if isset($modulechangepwresult)}
    {include file="$template/includes/alert.tpl" type=$modulechangepwresult msg=$modulechangepasswordmessage textcenter=true}
{/if}
{if $pendingcancellation}
    {include file="$template/includes/alert.tpl" type="error" msg="There is an outstanding cancellation request for this product/service" textcenter=true}
{/if}
{if $unpaidInvoice}
    <div class="alert alert-warning" id="alertUnpaidInvoice">There is an unpaid invoice {$unpaidInvoice} for this service.</div>
{/if}
<div class="tab-content margin-bottom">
<div class="tab-pane fade in active" role="tabpanel" id="tabOverview">
{if isset($tplOverviewTabOutput) && $tplOverviewTabOutput}
    {$tplOverviewTabOutput}
{else}
    <div class="product-details"><div class="row">
        <div class="col-md-6"><div class="product-status product-status-{$rawstatus}">
            <h3>{$product}</h3><h4>{$groupname}</h4>
            <div class="product-status-text">{$status}</div>
        </div></div>
        <div class="col-md-6 text-center">
            <h4>{lang key='clientareahostingregdate'}</h4>{$regdate}
            <h4>{lang key='orderbillingcycle'}</h4>{$billingcycle}
            <h4>{lang key='recurringamount'}</h4>{$recurringamount}
            <h4>{lang key='clientareahostingnextduedate'}</h4>{$nextduedate}
            {if $suspendreason}<h4>{lang key='suspendreason'}</h4>{$suspendreason}{/if}
        </div>
    </div></div>
    {foreach $hookOutput as $output}<div>{$output}</div>{/foreach}
    {if $domain}
    <div class="panel panel-default" id="domain"><div class="panel-body">
        <div class="row"><div class="col-sm-5 text-right"><strong>{lang key='clientareahostname'}</strong></div><div class="col-sm-7">{$domain}</div></div>
        <div class="row"><div class="col-sm-5 text-right"><strong>{lang key='primaryIP'}</strong></div><div class="col-sm-7">{$dedicatedip}</div></div>
        <div class="row"><div class="col-sm-5 text-right"><strong>{lang key='assignedIPs'}</strong></div><div class="col-sm-7 pre">{$assignedips}</div></div>
        {if isset($moduleclientarea) && $moduleclientarea}<div class="text-center module-client-area">{$moduleclientarea}</div>{/if}
    </div></div>
    {elseif isset($moduleclientarea) && $moduleclientarea}
    <div class="panel panel-default" id="manage"><div class="panel-body"><div class="text-center module-client-area">{$moduleclientarea}</div></div></div>
    {/if}
    {if $configurableoptions}
    <div class="panel panel-default" id="configoptions"><div class="panel-body">
        {foreach $configurableoptions as $option}
        <div class="row"><div class="col-sm-5"><strong>{$option.optionname}</strong></div><div class="col-sm-7">{$option.selectedname}</div></div>
        {/foreach}
    </div></div>
    {/if}
    {if $lastupdate}
    <div class="panel panel-default" id="resourceusage"><div class="panel-body">
        <h4>{lang key='resourceUsage'}</h4>
        <div class="row"><div class="col-sm-5"><strong>{lang key='clientareadiskusage'}</strong></div><div class="col-sm-7">{$diskusage} / {$disklimit} ({$diskpercent})</div></div>
        <div class="row"><div class="col-sm-5"><strong>{lang key='clientareabwusage'}</strong></div><div class="col-sm-7">{$bwusage} / {$bwlimit} ({$bwpercent})</div></div>
        <p class="text-muted">{lang key='clientarealastupdated'}: {$lastupdate}</p>
    </div></div>
    {/if}
{/if}
</div>
</div>
