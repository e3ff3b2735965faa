{* Labels and values; a hidden value shows when it is asked for. *}
<h4>{$section.heading|escape}</h4>
<dl class="provisor-facts">
    {foreach $section.facts as $fact}
    <dt>{$fact.label|escape}</dt>
    <dd>{if $fact.hidden}<details><summary>{$provisor.words.show|escape}<span class="sr-only"> {$fact.label|escape}</span></summary><code>{$fact.value|escape}</code></details>{elseif $fact.link}<a href="{$fact.value|escape}" target="_blank" rel="noopener noreferrer">{$fact.value|escape}</a>{else}{$fact.value|escape}{/if}</dd>
    {/foreach}
</dl>
