<?php

/** The texts that all modules share, by code. A module's own texts are in its own folder lang/. */

defined('WHMCS') || exit;

$_LANG['page.service'] = 'Product Details';
$_LANG['page.state'] = 'State';
$_LANG['page.last'] = 'Last action';
$_LANG['page.show'] = 'Show';
$_LANG['page.yes'] = 'Yes';
$_LANG['page.back'] = 'Back to the product';
$_LANG['page.actions'] = 'Actions';
$_LANG['page.open'] = 'Open';
$_LANG['page.again'] = 'Look again';
$_LANG['page.csv'] = 'Download as CSV';
$_LANG['page.numbers'] = 'Show the numbers as a table';
$_LANG['page.errors'] = 'Please correct what is marked below. Nothing was changed.';
$_LANG['page.done'] = 'Done.';
$_LANG['page.failed'] = 'This could not be done at the moment. Please try again later, or ask the support.';
$_LANG['page.unavailable'] = 'These details cannot be shown at the moment. Please try again later.';

$_LANG['refused.not_for_clients'] = 'Only staff may do this. Please ask the support.';
$_LANG['refused.not_yours'] = 'This product belongs to another client.';
$_LANG['refused.not_post'] = 'This is done by a button, not by a link. Please press the button.';
$_LANG['refused.no_token'] = 'The page was too old. Nothing was changed. Please press the button again.';
$_LANG['refused.not_active'] = 'The product is not active. Nothing was changed.';
$_LANG['refused.busy'] = 'Another action is under way. Nothing was changed. Please try again in a few minutes.';

$_LANG['form.empty'] = 'must be filled in';
$_LANG['form.whole'] = 'must be a whole number from {least} to {most}';
$_LANG['form.choice'] = 'must be one of: {choices}';
$_LANG['form.tick'] = 'must be on or off';
