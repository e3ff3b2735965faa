<?php

/** The front page leads to the client area. */

declare(strict_types=1);

header('Location: clientarea.php');
