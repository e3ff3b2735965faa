<?php

/** The texts of this module, by code. No text for clients names the vendor. */

defined('WHMCS') || exit;

$_LANG['staff.test'] = 'Test Connection';
$_LANG['staff.refresh_pass_key'] = 'Refresh Pass Key';
$_LANG['staff.forget_account'] = 'Forget Account';
$_LANG['staff.take_over_account'] = 'Take Over Account';

$_LANG['backupserver.title'] = 'Online backup';
$_LANG['backupserver.details'] = 'Backup account';
$_LANG['backupserver.account'] = 'Account';
$_LANG['backupserver.kind'] = 'Type';
$_LANG['backupserver.reseller'] = 'Reseller';
$_LANG['backupserver.customer'] = 'Customer';
$_LANG['backupserver.state'] = 'State';
$_LANG['backupserver.state_asked'] = 'Being set up';
$_LANG['backupserver.state_active'] = 'Active';
$_LANG['backupserver.state_inactive'] = 'Inactive';
$_LANG['backupserver.allotted'] = 'Storage allotted';
$_LANG['backupserver.used'] = 'Storage used';
$_LANG['backupserver.as_of'] = 'As of';
$_LANG['backupserver.console'] = 'Web console';
$_LANG['backupserver.pass_key'] = 'Pass key';
$_LANG['backupserver.show_pass_key'] = 'Show pass key';
$_LANG['backupserver.not_active'] = 'The product is not active.';
$_LANG['backupserver.being_made'] = 'Your backup account is being set up.';
$_LANG['backupserver.not_confirmed'] = 'Whether the account "{name}" is this client\'s is not known: it was asked for at {at}, and no answer came. Look in the console: if it was made then for this client, press Take Over Account; if it is not there, Create; if it is somebody else\'s, Forget Account.';
$_LANG['backupserver.moved'] = 'The account is on {former}, and the product names {named}. Nothing acts on it until the product names the former server again.';
$_LANG['backupserver.no_account_yet'] = 'There is no backup account yet.';
$_LANG['backupserver.not_linked'] = 'If the Backup Server has an account "{name}" and it is this client\'s, press Take Over Account, which links it: until then nothing here suspends or terminates it.';
$_LANG['backupserver.last_known'] = 'The backup server does not answer at the moment. These figures are as of {at}.';
$_LANG['backupserver.no_answer'] = 'The backup server does not answer at the moment, so the storage used is not known yet.';
$_LANG['backupserver.not_for_clients'] = 'The pass key is not shown here. Please ask the support.';
$_LANG['backupserver.customers_only'] = 'This account has no pass key.';
$_LANG['backupserver.no_account'] = 'There is no backup account yet.';
$_LANG['backupserver.not_sure'] = 'Your backup account is being set up.';
$_LANG['backupserver.e_mails'] = 'E-mails';
$_LANG['backupserver.merge_field'] = 'Pass key in e-mails';
$_LANG['backupserver.no_field'] = 'The client custom field does not exist.';
