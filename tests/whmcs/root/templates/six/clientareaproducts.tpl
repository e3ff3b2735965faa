<div class="panel panel-default"><div class="panel-body">
    <h3 class="panel-title">{$pagetitle}</h3>
    <table class="table table-list">
        <thead><tr><th>Product/Service</th><th>Status</th></tr></thead>
        <tbody>
        {foreach $services as $service}
            <tr><td><a href="clientarea.php?action=productdetails&amp;id={$service.id}">{$service.product} - {$service.domain}</a></td>
                <td><span class="label status status-{$service.status|lower}">{$service.status}</span></td></tr>
        {foreachelse}
            <tr><td colspan="2">None</td></tr>
        {/foreach}
        </tbody>
    </table>
</div></div>
