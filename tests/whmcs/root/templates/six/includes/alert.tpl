<div class="alert alert-{if $type == 'error'}danger{elseif $type}{$type}{else}info{/if}{if isset($textcenter) && $textcenter} text-center{/if}{if isset($additionalClasses)} {$additionalClasses}{/if}"{if isset($idname)} id="{$idname}"{/if}>
    {if isset($title) && $title}<h2>{$title}</h2>{/if}{$msg}
</div>
