{* The buttons. One that asks first opens its question, with or without scripts; one that is blocked says why. *}
{if $provisor.page.actions}
<div class="provisor-actions">
    {foreach $provisor.page.actions as $action}
    {if $action.blocked}
    <div><button type="button" class="btn btn-default btn-secondary" disabled aria-describedby="provisor-why-{$action.name|escape}">{$action.label|escape}</button>
        <p class="provisor-help" id="provisor-why-{$action.name|escape}">{$action.blocked|escape}</p></div>
    {elseif $action.confirm}
    <details class="provisor-confirm"><summary class="btn btn-default btn-secondary">{$action.label|escape}</summary>
        <form method="post" action="{$provisor.address|escape}" class="provisor-ask">
            <input type="hidden" name="token" value="{$provisor.token|escape}">
            <input type="hidden" name="modop" value="custom">
            <input type="hidden" name="a" value="{$action.name|escape}">
            <p>{$action.confirm|escape}</p>
            <button type="submit" class="btn btn-primary">{$provisor.words.yes|escape}: {$action.label|escape}</button>
        </form>
    </details>
    {else}
    <form method="post" action="{$provisor.address|escape}">
        <input type="hidden" name="token" value="{$provisor.token|escape}">
        <input type="hidden" name="modop" value="custom">
        <input type="hidden" name="a" value="{$action.name|escape}">
        <button type="submit" class="btn btn-default btn-secondary">{$action.label|escape}</button>
    </form>
    {/if}
    {/foreach}
</div>
{/if}
