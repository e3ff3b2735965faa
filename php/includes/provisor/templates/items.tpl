{* Things with buttons of their own. Each button says for whom it is, also to those who hear the page. *}
<h4>{$section.heading|escape}</h4>
{if $section.items}
    <div class="table-responsive provisor-scroll" role="region" aria-label="{$section.heading|escape}" tabindex="0">
        <table class="table table-striped">
            <caption class="sr-only">{$section.heading|escape}</caption>
            <thead><tr>{foreach $section.columns as $column}<th scope="col"{if $column.number} class="text-right"{/if}>{$column.label|escape}</th>{/foreach}<th scope="col"><span class="sr-only">{$provisor.words.actions|escape}</span></th></tr></thead>
            <tbody>
            {foreach $section.items as $item}
            <tr>{foreach $item.cells as $n => $cell}<td{if $section.columns[$n].number} class="text-right"{/if}>{if $n == 0 && $item.service}<a href="{$item.address|escape}">{$cell|escape}</a>{else}{$cell|escape}{/if}</td>{/foreach}
                <td class="provisor-buttons">{foreach $item.buttons as $button}
                    {if $button.action.blocked}
                    <button type="button" class="btn btn-default btn-secondary btn-sm" disabled>{$button.action.label|escape}<span class="sr-only"> {$button.about|escape}: {$button.action.blocked|escape}</span></button>
                    {else}
                    {if $button.action.confirm}<details class="provisor-confirm"><summary class="btn btn-default btn-secondary btn-sm">{$button.action.label|escape}<span class="sr-only"> {$button.about|escape}</span></summary>{/if}
                    <form method="post" action="{$item.address|escape}"{if $button.action.confirm} class="provisor-ask"{/if}>
                        <input type="hidden" name="token" value="{$provisor.token|escape}">
                        <input type="hidden" name="modop" value="custom">
                        <input type="hidden" name="a" value="{$button.action.name|escape}">
                        {if $button.id}<input type="hidden" name="provisor[id]" value="{$button.id|escape}">{/if}
                        {if $button.action.confirm}<p>{$button.action.confirm|escape}</p>
                        <button type="submit" class="btn btn-primary btn-sm">{$provisor.words.yes|escape}: {$button.action.label|escape}<span class="sr-only"> {$button.about|escape}</span></button>
                        {else}<button type="submit" class="btn btn-default btn-secondary btn-sm">{$button.action.label|escape}<span class="sr-only"> {$button.about|escape}</span></button>{/if}
                    </form>
                    {if $button.action.confirm}</details>{/if}
                    {/if}
                {/foreach}</td></tr>
            {/foreach}
            </tbody>
        </table>
    </div>
{else}
    <p>{$section.empty|escape}</p>
{/if}
