{* A whole page from its model. A theme may have its own of each part: templates/<theme>/<module>/<part>.tpl. *}
{include file=$provisor.files.style}
<div class="provisor">
    {if $provisor.alone}<p><a href="{$provisor.address|escape}">&larr; {$provisor.words.back|escape}</a></p>{/if}
    <h3>{$provisor.page.title|escape}</h3>
    {include file=$provisor.files.notices}
    {include file=$provisor.files.actions}
    {foreach $provisor.page.sections as $section}
    <section class="provisor-section">
        {include file=$provisor.files[$section.kind] section=$section}
    </section>
    {/foreach}
</div>
