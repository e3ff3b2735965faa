<?php

/** Die Texte dieses Moduls nach Kürzeln. Kein Text für Kunden nennt den Anbieter. */

defined('WHMCS') || exit;

$_LANG['staff.reboot'] = 'Neu starten';
$_LANG['staff.get_ips'] = 'IP-Adressen abrufen';
$_LANG['staff.test'] = 'Verbindung prüfen';
$_LANG['staff.server'] = 'Server';
$_LANG['staff.save'] = 'Änderungen speichern';
$_LANG['staff.empty'] = 'Die Liste ist leer: Der Tandem-Benutzer hat für keinen Server eine Berechtigung. In LEAP unter Tandem'
    . ' > Tandem Users den Benutzer wählen, Add Server Permissions, den Server ankreuzen, Apply Permissions.';
$_LANG['staff.unseen'] = 'Der gewählte Server steht nicht mehr in der Liste: Dem Tandem-Benutzer fehlt die Berechtigung, oder'
    . ' es gibt den Server nicht mehr. Er bleibt gewählt, bis ein anderer gewählt wird.';
$_LANG['staff.none'] = 'Keiner';
$_LANG['staff.ips'] = 'IP-Adressen';
$_LANG['staff.state'] = 'Zustand des Servers';
$_LANG['staff.seen'] = 'Zuletzt gesehen';
$_LANG['singlehop.reboot.done'] = 'Der Server wird neu gestartet.';
$_LANG['server.title'] = 'Ihr Server';
$_LANG['server.pending'] = 'Ihr Server wird vorbereitet.';
$_LANG['server.over'] = 'Dieses Produkt ist nicht aktiv.';
$_LANG['server.busy'] = 'Eine andere Aktion läuft gerade.';
$_LANG['server.last_known'] = 'Die Angaben zum Server sind zurzeit nicht abrufbar. Diese sind von {at}.';
$_LANG['singlehop.unavailable'] = 'Das ist vorübergehend nicht verfügbar. Bitte versuchen Sie es später noch einmal.';
$_LANG['server.unavailable'] = 'Die Angaben zum Server sind vorübergehend nicht verfügbar. Bitte versuchen Sie es später noch einmal.';
$_LANG['singlehop.unclear'] = 'Der Server wurde vielleicht neu gestartet: Es kam keine Antwort. Bitte sehen Sie nach, bevor'
    . ' Sie ihn noch einmal neu starten.';
$_LANG['server.old_addresses'] = 'Die IP-Adressen sind zurzeit nicht abrufbar. Diese sind von {at}.';
$_LANG['server.old_traffic'] = 'Der Datenverkehr ist zurzeit nicht abrufbar. Stand: {at}.';
$_LANG['server.details'] = 'Server';
$_LANG['server.hostname'] = 'Hostname';
$_LANG['server.username'] = 'Benutzername';
$_LANG['server.state'] = 'Zustand';
$_LANG['server.online'] = 'Läuft';
$_LANG['server.rescue'] = 'Rettungssystem';
$_LANG['server.suspended'] = 'Gesperrt';
$_LANG['server.offline'] = 'Läuft nicht';
$_LANG['server.ip'] = 'IP-Adresse';
$_LANG['server.addresses'] = 'IP-Adressen';
$_LANG['server.no_addresses'] = 'Es sind keine Adressen bekannt.';
$_LANG['server.network'] = 'Netz';
$_LANG['server.public'] = 'Öffentlich';
$_LANG['server.private'] = 'Privat';
$_LANG['server.netmask'] = 'Netzmaske';
$_LANG['server.gateway'] = 'Gateway';
$_LANG['server.bandwidth'] = 'Datenverkehr';
$_LANG['server.no_bandwidth'] = 'Es ist noch kein Datenverkehr bekannt.';
$_LANG['server.month'] = 'Monat';
$_LANG['server.this_month'] = 'Dieser Monat';
$_LANG['server.last_month'] = 'Letzter Monat';
$_LANG['server.by_day'] = 'Datenverkehr nach Tagen';
$_LANG['server.no_days'] = 'Es sind noch keine Tage bekannt.';
$_LANG['server.day'] = 'Tag';
$_LANG['server.received'] = 'Empfangen';
$_LANG['server.sent'] = 'Gesendet';
$_LANG['server.chart'] = '{month}: Datenverkehr nach Tagen, empfangen und gesendet.';
$_LANG['server.total'] = 'Zusammen';
$_LANG['server.reboot'] = 'Server neu starten';
$_LANG['server.reboot_confirm'] = 'Der Server wird neu gestartet und ist einige Minuten nicht erreichbar. Jetzt neu starten?';
$_LANG['server.not_active'] = 'Dieses Produkt ist nicht aktiv.';
$_LANG['singlehop.cool_down'] = 'Der Server wurde eben neu gestartet. Bitte warten Sie eine Minute. Nichts wurde geändert.';
$_LANG['server.cool_down_left'] = 'Er wurde eben neu gestartet; wieder möglich in {seconds} Sekunden.';
