{* A task is under way: a link to the page as it is then. With scripts the page follows it by itself, but not while the reader
   is in another window, has a question open, has filled in a form or has just moved with the keyboard. *}
<p><a href="{$provisor.address|escape}" class="provisor-again" data-seconds="{$section.seconds|escape}">{$section.label|escape}</a></p>
{literal}<script>
(function () {
  var link = document.querySelector('a.provisor-again');
  var touched = Date.now();
  var wait = Number(link.getAttribute('data-seconds')) * 1000;
  ['keydown', 'pointerdown', 'input', 'scroll'].forEach(function (what) {
    document.addEventListener(what, function () { touched = Date.now(); }, true);
  });
  setInterval(function () {
    if (document.hidden || Date.now() - touched < wait || document.querySelector('.provisor-confirm[open]')) return;
    window.location.replace(link.href);
  }, 1000);
}());
</script>{/literal}
