<div class="panel panel-default"><div class="panel-body">
    <h3 class="panel-title">{$pagetitle}</h3>
    <table class="table table-list">
        <thead><tr><th>Invoice</th><th>Date</th><th>Lines</th><th>Total</th><th>Status</th></tr></thead>
        <tbody>
        {foreach $invoices as $invoice}
            <tr><td>{$invoice.id}</td><td>{$invoice.date}</td>
                <td>{foreach $invoice.lines as $line}<div class="pre">{$line|escape:'html':'UTF-8':false}</div>{/foreach}</td>
                <td>{$invoice.total}</td><td>{$invoice.status}</td></tr>
        {foreachelse}
            <tr><td colspan="5">None</td></tr>
        {/foreach}
        </tbody>
    </table>
</div></div>
