<?php

/** Die gemeinsamen Texte auf Deutsch. */

defined('WHMCS') || exit;

$_LANG['page.service'] = 'Produktdetails';
$_LANG['page.state'] = 'Zustand';
$_LANG['page.last'] = 'Letzter Vorgang';
$_LANG['page.show'] = 'Anzeigen';
$_LANG['page.yes'] = 'Ja';
$_LANG['page.back'] = 'Zurück zum Produkt';
$_LANG['page.actions'] = 'Aktionen';
$_LANG['page.open'] = 'Öffnen';
$_LANG['page.again'] = 'Noch einmal nachsehen';
$_LANG['page.csv'] = 'Als CSV herunterladen';
$_LANG['page.numbers'] = 'Zahlen als Tabelle anzeigen';
$_LANG['page.errors'] = 'Bitte berichtigen Sie, was unten markiert ist. Es wurde nichts geändert.';
$_LANG['page.done'] = 'Erledigt.';
$_LANG['page.failed'] = 'Das ist im Moment nicht möglich. Bitte versuchen Sie es später noch einmal oder fragen Sie den Support.';
$_LANG['page.unavailable'] = 'Diese Angaben können im Moment nicht angezeigt werden. Bitte versuchen Sie es später noch einmal.';

$_LANG['refused.not_for_clients'] = 'Das darf nur das Personal. Bitte fragen Sie den Support.';
$_LANG['refused.not_yours'] = 'Dieses Produkt gehört einem anderen Kunden.';
$_LANG['refused.not_post'] = 'Das geschieht mit einer Schaltfläche, nicht mit einem Link. Bitte drücken Sie die Schaltfläche.';
$_LANG['refused.no_token'] = 'Die Seite war zu alt. Es wurde nichts geändert. Bitte drücken Sie die Schaltfläche noch einmal.';
$_LANG['refused.not_active'] = 'Das Produkt ist nicht aktiv. Es wurde nichts geändert.';
$_LANG['refused.busy'] = 'Ein anderer Vorgang läuft noch. Es wurde nichts geändert. Bitte versuchen Sie es in ein paar Minuten noch einmal.';

$_LANG['form.empty'] = 'muss ausgefüllt sein';
$_LANG['form.whole'] = 'muss eine ganze Zahl von {least} bis {most} sein';
$_LANG['form.choice'] = 'muss eines davon sein: {choices}';
$_LANG['form.tick'] = 'muss an oder aus sein';
