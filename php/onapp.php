<?php

/** Takes the place of the old OnApp module's client page: its services are in WHMCS's own list. */

header('Location: clientarea.php?action=services');
