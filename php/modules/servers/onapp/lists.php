<?php

/** Answers settings.js with the lists of a control panel, for members of staff who edit a product. */

require_once __DIR__ . '/../../../init.php';
require_once __DIR__ . '/../../../includes/provisor/load.php';

if (provisor_refusal() === '') {
    Provisor\Choices::answer('onapp');
}
