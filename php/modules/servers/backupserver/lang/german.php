<?php

/** Die Texte dieses Moduls, nach ihrem Schlüssel. */

defined('WHMCS') || exit;

$_LANG['staff.test'] = 'Verbindung prüfen';
$_LANG['staff.refresh_pass_key'] = 'Pass Key erneut abrufen';
$_LANG['staff.forget_account'] = 'Konto vergessen';
$_LANG['staff.take_over_account'] = 'Konto übernehmen';

$_LANG['backupserver.title'] = 'Online-Datensicherung';
$_LANG['backupserver.details'] = 'Sicherungskonto';
$_LANG['backupserver.account'] = 'Konto';
$_LANG['backupserver.kind'] = 'Art';
$_LANG['backupserver.reseller'] = 'Wiederverkäufer';
$_LANG['backupserver.customer'] = 'Kunde';
$_LANG['backupserver.state'] = 'Zustand';
$_LANG['backupserver.state_asked'] = 'Wird eingerichtet';
$_LANG['backupserver.state_active'] = 'Aktiv';
$_LANG['backupserver.state_inactive'] = 'Inaktiv';
$_LANG['backupserver.allotted'] = 'Zugeteilter Speicher';
$_LANG['backupserver.used'] = 'Belegter Speicher';
$_LANG['backupserver.as_of'] = 'Stand';
$_LANG['backupserver.console'] = 'Webkonsole';
$_LANG['backupserver.pass_key'] = 'Pass Key';
$_LANG['backupserver.show_pass_key'] = 'Pass Key anzeigen';
$_LANG['backupserver.not_active'] = 'Das Produkt ist nicht aktiv.';
$_LANG['backupserver.being_made'] = 'Ihr Sicherungskonto wird eingerichtet.';
$_LANG['backupserver.not_confirmed'] = 'Ob das Konto "{name}" diesem Kunden gehört, ist nicht bekannt: es wurde um {at} angefordert, und es kam keine Antwort. Sehen Sie in der Konsole nach: wurde es dann für diesen Kunden angelegt, wählen Sie "Konto übernehmen"; ist es nicht da, "Erstellen"; gehört es jemand anderem, "Konto vergessen".';
$_LANG['backupserver.moved'] = 'Das Konto ist auf {former}, und das Produkt nennt {named}. Nichts wirkt darauf, bis das Produkt wieder den früheren Server nennt.';
$_LANG['backupserver.no_account_yet'] = 'Es gibt noch kein Sicherungskonto.';
$_LANG['backupserver.not_linked'] = 'Wenn der Backup Server ein Konto „{name}“ hat und es diesem Kunden gehört, auf „Konto übernehmen“ klicken: Bis dahin wird es von hier aus weder gesperrt noch gekündigt.';
$_LANG['backupserver.last_known'] = 'Der Sicherungsserver antwortet zurzeit nicht. Stand dieser Zahlen: {at}.';
$_LANG['backupserver.no_answer'] = 'Der Sicherungsserver antwortet zurzeit nicht; der belegte Speicher ist noch nicht bekannt.';
$_LANG['backupserver.not_for_clients'] = 'Der Pass Key wird hier nicht angezeigt. Bitte fragen Sie den Support.';
$_LANG['backupserver.customers_only'] = 'Dieses Konto hat keinen Pass Key.';
$_LANG['backupserver.no_account'] = 'Es gibt noch kein Sicherungskonto.';
$_LANG['backupserver.not_sure'] = 'Ihr Sicherungskonto wird eingerichtet.';
$_LANG['backupserver.e_mails'] = 'E-Mails';
$_LANG['backupserver.merge_field'] = 'Pass Key in E-Mails';
$_LANG['backupserver.no_field'] = 'Das Kundenfeld gibt es nicht.';
