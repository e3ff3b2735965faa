<?php

/** Takes the place of the old OnApp module's console page, which is not needed and was not safe. */

header('HTTP/1.1 410 Gone');
exit('This page is gone. The console is in the OnApp control panel.');
