{* What Bootstrap 3 and 4 do not have in common, and what neither has. Nothing is loaded. *}
{literal}<style>
.provisor { margin-top: 1em; text-align: left; overflow-wrap: anywhere; }
.provisor-section { margin: 0 0 1.5em; }
.provisor-facts { margin: 0; }
.provisor-facts dt { font-weight: 600; }
.provisor-facts dd { margin: 0 0 .5em; }
@media (min-width: 576px) {
    .provisor-facts { display: grid; grid-template-columns: minmax(8em, 1fr) 2fr; column-gap: 1em; }
    .provisor-facts dd { margin-bottom: .35em; }
}
.provisor .alert a { text-decoration: underline; }
.provisor summary { cursor: pointer; }
.provisor summary:not(.btn) { display: list-item; width: fit-content; padding: .2em .4em .2em 0; }
.provisor dd summary:not(.btn) { padding: 0 .4em 0 0; }
.provisor code { color: #333; background: #f1f1f1; padding: .2em .4em; border-radius: 3px; }
.provisor summary:focus-visible, .provisor a:focus-visible, .provisor button:focus-visible, .provisor-scroll:focus-visible { outline: 3px solid #1a5fb4; outline-offset: 2px; }
.provisor-chart { max-width: 36em; margin: 0 0 .5em; border: 1px solid #ddd; border-radius: 4px; background: #fff; }
.provisor-chart svg { display: block; height: auto; }
.provisor-about { margin: 0; padding: .5em .75em 0; color: #3c3c3c; }
.provisor-legend { display: flex; flex-wrap: wrap; gap: .25em 1.5em; margin: 0; padding: .5em .75em 0; list-style: none; color: #3c3c3c; }
.provisor-legend span { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
.provisor-scroll { position: relative; max-height: 26em; overflow: auto; overflow-wrap: normal; margin-bottom: .75em; border: 0; }
.provisor-scroll .text-right, .provisor details td:first-child { white-space: nowrap; }
@media (max-width: 575px) { .provisor-scroll table.table > * > tr > * { padding: .4em .5em .4em 0; } }
.provisor-scroll table { margin: 0; }
.provisor-error { color: #a4262c; margin: .25em 0 0; font-weight: 600; }
.provisor-help { color: #595959; margin: .25em 0 0; }
.provisor-buttons form, .provisor-buttons details { display: inline-block; margin: 0 .25em .25em 0; }
.provisor select { max-width: 100%; }
.provisor-tick { display: flex; gap: .5em; align-items: baseline; }
.provisor-tick label { margin: 0; }
.provisor .form-control[aria-invalid] { border-color: #a4262c; }
.provisor-actions { display: flex; flex-wrap: wrap; gap: .75em; align-items: flex-start; margin-bottom: 1.5em; }
.provisor-ask { margin-top: .5em; padding: 1em; border: 1px solid #c9a227; border-radius: 4px; background: #fff8e1; color: #3d3200; max-width: 32em; }
.provisor-confirm[open] { flex-basis: 100%; }
</style>{/literal}
