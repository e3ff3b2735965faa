{* The other pages of the same product. *}
<nav aria-label="{$section.heading|escape}">
    <ul class="nav nav-pills">
        {foreach $section.links as $link}
        <li class="nav-item{if $link.current} active{/if}"><a class="nav-link{if $link.current} active{/if}" href="{$provisor.address|escape}{if $link.action}&amp;modop=custom&amp;a={$link.action|escape:'url'}{/if}"{if $link.current} aria-current="page"{/if}>{$link.label|escape}</a></li>
        {/foreach}
    </ul>
</nav>
