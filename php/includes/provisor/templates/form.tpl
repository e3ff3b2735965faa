{* A form: every error beside its field, and all of them listed on top. Sent by POST with the host's token. *}
<h4>{$section.heading|escape}</h4>
<form method="post" action="{$provisor.address|escape}#provisor-form-{$section.action|escape}" class="provisor-form" id="provisor-form-{$section.action|escape}">
    <input type="hidden" name="token" value="{$provisor.token|escape}">
    <input type="hidden" name="modop" value="custom">
    <input type="hidden" name="a" value="{$section.action|escape}">
    {if $section.errors}
    <div class="alert alert-danger" role="alert">
        <p>{$provisor.words.errors|escape}</p>
        <ul>{foreach $section.errors as $error}<li><a class="alert-link" href="#{$error.id|escape}">{$error.label|escape}</a>: {$error.text|escape}</li>{/foreach}</ul>
    </div>
    {/if}
    {foreach $section.fields as $field}
    <div class="form-group{if $field.error} has-error{/if}">
        {if $field.kind == 'tick'}
        <div class="provisor-tick"><input type="checkbox" id="{$field.id|escape}" name="provisor[{$field.name|escape}]" value="on"{if $field.value == 'on'} checked{/if}{if $field.about} aria-describedby="{$field.about|escape}"{/if}{if $field.error} aria-invalid="true"{/if}>
        <label for="{$field.id|escape}">{$field.label|escape}</label></div>
        {else}
        <label for="{$field.id|escape}">{$field.label|escape}</label>
        {if $field.kind == 'choice'}
        <select class="form-control custom-select{if $field.error} is-invalid{/if}" id="{$field.id|escape}" name="provisor[{$field.name|escape}]"{if $field.about} aria-describedby="{$field.about|escape}"{/if}{if $field.error} aria-invalid="true"{/if}>
            {foreach $field.choices as $choice}<option value="{$choice[0]|escape}"{if $choice[0]|cat:'' === $field.value|cat:''} selected{/if}>{$choice[1]|escape}</option>{/foreach}
        </select>
        {else}
        <input class="form-control{if $field.error} is-invalid{/if}" type="{if $field.kind == 'password'}password{else}text{/if}" id="{$field.id|escape}" name="provisor[{$field.name|escape}]"{if $field.kind == 'password'} autocomplete="new-password"{else} value="{$field.value|escape}"{/if}{if $field.about} aria-describedby="{$field.about|escape}"{/if}{if $field.error} aria-invalid="true"{/if}>
        {/if}
        {/if}
        {if $field.error}<p class="provisor-error" id="{$field.id|escape}-error">{$field.error|escape}</p>{/if}
        {if $field.help}<p class="provisor-help" id="{$field.id|escape}-help">{$field.help|escape}</p>{/if}
    </div>
    {/foreach}
    <button type="submit" class="btn btn-primary">{$section.submit|escape}</button>
</form>
