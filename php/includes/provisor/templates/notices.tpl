{* Messages on top of the page. *}
{foreach $provisor.page.notices as $notice}
<div class="alert alert-{$notice.tone|escape}" role="{if $notice.tone == 'danger' || $notice.tone == 'warning'}alert{else}status{/if}">{$notice.text|escape}</div>
{/foreach}
