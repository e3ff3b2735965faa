{* A table; with a chart of the same numbers above, it opens when it is asked for. The drawing was checked in Page. *}
<h4>{$section.heading|escape}</h4>
{if $section.rows}
    {if $section.chart}
    <div class="provisor-chart">
        <p class="provisor-about" aria-hidden="true">{$section.chart.about|escape}</p>
        <ul class="provisor-legend">{foreach $section.chart.legend as $entry}<li><span style="background:{$entry.colour|escape}"></span>{$entry.name|escape}</li>{/foreach}</ul>
        <div role="img" aria-label="{$section.chart.about|escape}">{$section.chart.svg nofilter}</div>
    </div>
    <details><summary>{$provisor.words.numbers|escape}<span class="sr-only">: {$section.heading|escape}</span></summary>
    {/if}
    <div class="table-responsive provisor-scroll" role="region" aria-label="{$section.heading|escape}" tabindex="0">
        <table class="table table-striped">
            <caption class="sr-only">{$section.heading|escape}</caption>
            <thead><tr>{foreach $section.columns as $column}<th scope="col"{if $column.number} class="text-right"{/if}>{$column.label|escape}</th>{/foreach}</tr></thead>
            <tbody>
            {foreach $section.rows as $row}
            <tr>{foreach $row as $n => $cell}<td{if $section.columns[$n].number} class="text-right"{/if}>{$cell|escape}</td>{/foreach}</tr>
            {/foreach}
            </tbody>
        </table>
    </div>
    {if $section.chart}</details>{/if}
    {if $section.csv_action}<p><a class="btn btn-default btn-secondary btn-sm" href="{$provisor.address|escape}&amp;modop=custom&amp;a={$section.csv_action|escape:'url'}">{$provisor.words.csv|escape}<span class="sr-only">: {$section.heading|escape}</span></a></p>{/if}
{else}
    <p>{$section.empty|escape}</p>
{/if}
