<div class="panel panel-default mw-540"><div class="panel-body">
    <h3>{lang key='loginbutton'}</h3>
    <form method="post" action="dologin.php">
        <input type="hidden" name="token" value="{$token}">
        <div class="form-group"><label for="inputEmail">{lang key='loginemail'}</label>
            <input type="email" class="form-control" name="username" id="inputEmail"></div>
        <div class="form-group"><label for="inputPassword">{lang key='loginpassword'}</label>
            <input type="password" class="form-control" name="password" id="inputPassword"></div>
        <button type="submit" class="btn btn-primary">{lang key='loginbutton'}</button>
    </form>
</div></div>
