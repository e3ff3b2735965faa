    </div>
</div></div></section>
<footer id="footer" class="footer"><div class="container"><p>{$companyname}, {$todaysdate}. A stand-in for WHMCS: for tests only.</p></div></footer>
{$footeroutput}
</body>
</html>
