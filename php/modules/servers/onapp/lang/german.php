<?php

/** Die Texte dieses Moduls, nach Schlüssel. */

defined('WHMCS') || exit;

$_LANG['backup.title'] = 'Sicherungen';
$_LANG['backup.built'] = 'Fertig';
$_LANG['backup.busy'] = 'Wird wiederhergestellt oder gelöscht';
$_LANG['backup.pending'] = 'In Arbeit';
$_LANG['backup.at'] = 'Datum';
$_LANG['disk.id'] = 'Festplatte';
$_LANG['backup.state'] = 'Stand';
$_LANG['backup.size'] = 'Größe (MB)';
$_LANG['backup.kind'] = 'Art';
$_LANG['backup.empty'] = 'Es gibt noch keine Sicherungen. Eine wird auf der Seite Festplatten gemacht.';
$_LANG['backup.about'] = 'Sicherung {id}';
$_LANG['backup.restore'] = 'Wiederherstellen';
$_LANG['backup.restore_sure'] = 'Die Festplatte wird, wie sie im Augenblick der Sicherung war: ALLES seither '
    . 'Geschriebene geht verloren. Wiederherstellen?';
$_LANG['backup.delete'] = 'Löschen';
$_LANG['backup.delete_sure'] = 'Die Sicherung wird gelöscht und ist nicht wiederzubekommen. Löschen?';
$_LANG['cpu.title'] = 'CPU-Nutzung';
$_LANG['cpu.chart'] = 'CPU-Nutzung nach Stunden, in Prozent eines Kerns.';
$_LANG['cpu.used'] = 'Genutzt';
$_LANG['cpu.hour'] = 'Stunde ab';
$_LANG['cpu.empty'] = 'In den letzten zwei Tagen wurde nichts gemessen.';
$_LANG['vm.template_wrong'] = 'muss eine der Vorlagen in der Liste sein';
$_LANG['vm.hostname_wrong'] = 'muss aus Buchstaben, Ziffern und Bindestrichen bestehen, durch Punkte getrennt, wie '
    . 'www.example.com';
$_LANG['vm.create_title'] = 'Ihre virtuelle Maschine erstellen';
$_LANG['vm.cannot_create'] = 'Zurzeit kann keine virtuelle Maschine erstellt werden. Bitte wenden Sie sich an den '
    . 'Support.';
$_LANG['vm.cannot_rebuild'] = 'Zurzeit kann die virtuelle Maschine nicht neu installiert werden. Bitte wenden Sie sich '
    . 'an den Support.';
$_LANG['vm.gone'] = 'Ihre virtuelle Maschine ist nicht mehr da. Sie können eine neue erstellen.';
$_LANG['vm.creating'] = 'Eine virtuelle Maschine wurde angefordert, und noch ist nicht bekannt, ob sie da ist. '
    . 'Warten Sie einige Minuten und drücken Sie dann den Knopf: Zuerst wird nachgesehen, bevor eine weitere '
    . 'entsteht.';
$_LANG['vm.none'] = 'Dieses Produkt hat noch keine virtuelle Maschine.';
$_LANG['vm.hostname'] = 'Hostname';
$_LANG['vm.memory'] = 'Arbeitsspeicher';
$_LANG['vm.cpus'] = 'CPU-Kerne';
$_LANG['vm.cpu_shares'] = 'CPU-Priorität';
$_LANG['vm.disk'] = 'Speicherplatz';
$_LANG['vm.details'] = 'Virtuelle Maschine';
$_LANG['vm.hostname_help'] = 'Zum Beispiel www.example.com.';
$_LANG['vm.template'] = 'Vorlage';
$_LANG['vm.create'] = 'Erstellen';
$_LANG['vm.template_id'] = 'Vorlage {id}';
$_LANG['vm.template_none'] = 'Bitte auswählen';
$_LANG['ip.title'] = 'IP-Adressen';
$_LANG['ip.included'] = 'Enthaltene Adressen';
$_LANG['ip.additional'] = 'Zusätzliche Adressen';
$_LANG['ip.second_included'] = 'Zweites Netz: enthaltene Adressen';
$_LANG['ip.second_additional'] = 'Zweites Netz: zusätzliche Adressen';
$_LANG['ip.other'] = 'Adressen, die der Support zugewiesen hat';
$_LANG['ip.address'] = 'Adresse';
$_LANG['ip.netmask'] = 'Netzmaske';
$_LANG['ip.gateway'] = 'Gateway';
$_LANG['ip.empty'] = 'Hier hat sie keine Adressen.';
$_LANG['ip.missing'] = 'Noch nicht zugewiesen: {count}';
$_LANG['ip.about_primary'] = 'eine weitere Adresse';
$_LANG['ip.about_second'] = 'eine weitere Adresse im zweiten Netz';
$_LANG['ip.assign'] = 'Zuweisen';
$_LANG['ip.release'] = 'Freigeben';
$_LANG['ip.release_sure'] = 'Die virtuelle Maschine verliert diese Adresse, und jemand anderes bekommt sie vielleicht. '
    . 'Freigeben?';
$_LANG['ip.rebuild'] = 'Die virtuelle Maschine benutzt noch nicht alle diese Adressen: Drücken Sie auf der Seite '
    . 'Übersicht Netzwerk neu einrichten.';
$_LANG['ip.rebuild_later'] = 'Die virtuelle Maschine benutzt noch nicht alle diese Adressen. Sobald sie läuft und nicht '
    . 'beschäftigt ist, drücken Sie auf der Seite Übersicht Netzwerk neu einrichten.';
$_LANG['fw.title'] = 'Firewall';
$_LANG['fw.none'] = 'Die Firewall dieser virtuellen Maschine kann hier nicht benutzt werden. Bitte wenden Sie sich an den '
    . 'Support.';
$_LANG['fw.in_force'] = 'Was hier steht, gilt. Änderungen bewirken nichts, bis Sie Regeln anwenden drücken.';
$_LANG['fw.not_yet'] = 'Was hier steht, gilt noch nicht: Änderungen bewirken nichts, bis Sie Regeln anwenden drücken.';
$_LANG['fw.coming'] = 'Die Regeln werden angewandt, was etwa eine Minute dauert.';
$_LANG['fw.unknown'] = 'Änderungen bewirken nichts, bis Sie Regeln anwenden drücken. Ob gilt, was hier steht, ist nicht '
    . 'bekannt: Drücken Sie es, um sicher zu sein.';
$_LANG['fw.apply'] = 'Regeln anwenden';
$_LANG['fw.apply_sure'] = 'Von da an tut die Firewall genau, was hier steht. Regeln, die Sie aussperren, tun auch das; die '
    . 'Konsole ist nicht betroffen. Anwenden?';
$_LANG['fw.accept'] = 'Annehmen';
$_LANG['fw.drop'] = 'Verwerfen';
$_LANG['fw.interface'] = 'Schnittstelle {name}';
$_LANG['fw.place'] = 'Nr.';
$_LANG['fw.verdict'] = 'Aktion';
$_LANG['fw.traffic'] = 'Verkehr';
$_LANG['fw.from_one'] = '{what} von {address}';
$_LANG['fw.from_any'] = '{what} von überall';
$_LANG['fw.protocol'] = 'Protokoll';
$_LANG['fw.from'] = 'Von';
$_LANG['fw.ports'] = 'Ports';
$_LANG['fw.about'] = 'Regel {place} von {name}';
$_LANG['fw.up'] = 'Hinauf';
$_LANG['fw.down'] = 'Hinunter';
$_LANG['fw.delete'] = 'Löschen';
$_LANG['fw.delete_sure'] = 'Die Regel wird aus der Liste genommen. Löschen?';
$_LANG['fw.else'] = 'Alles andere';
$_LANG['fw.accept_else'] = 'Stattdessen annehmen';
$_LANG['fw.drop_else'] = 'Stattdessen verwerfen';
$_LANG['fw.about_else'] = 'alles andere auf {name}';
$_LANG['fw.add'] = 'Regel hinzufügen';
$_LANG['fw.nic'] = 'Schnittstelle';
$_LANG['fw.order'] = 'Die Regeln werden von der ersten bis zur letzten angesehen, und die erste, die passt, entscheidet. '
    . 'Eine neue kommt ans Ende.';
$_LANG['fw.from_help'] = 'Eine Adresse, ein Netz wie 198.51.100.0/24 oder ein Bereich wie 198.51.100.5-198.51.100.9, mit IPv4 '
    . 'oder IPv6. Leer heißt: von überall.';
$_LANG['fw.ports_help'] = 'Ein Port, ein Bereich wie 8000:8080 oder mehrere mit Kommas. Leer heißt: alle. ICMP hat keine '
    . 'Ports.';
$_LANG['fw.nic_wrong'] = 'muss eine der Schnittstellen in der Liste sein';
$_LANG['fw.from_wrong'] = 'muss eine Adresse, ein Netz wie 198.51.100.0/24 oder ein Bereich wie 198.51.100.5-198.51.100.9 '
    . 'sein';
$_LANG['fw.ports_wrong'] = 'müssen Ports von 1 bis 65535 sein: einer, ein Bereich wie 8000:8080 oder höchstens 15 mit Kommas';
$_LANG['fw.icmp_ports'] = 'muss leer sein: ICMP hat keine Ports';
$_LANG['fw.there'] = 'diese Regel steht schon da';
$_LANG['fw.not_added'] = 'Die Regel wurde nicht hinzugefügt.';
$_LANG['disk.title'] = 'Festplatten';
$_LANG['disk.primary'] = 'Primär';
$_LANG['disk.swap'] = 'Auslagerung';
$_LANG['disk.standard'] = 'Weitere';
$_LANG['disk.never'] = 'Nie';
$_LANG['disk.on'] = 'An';
$_LANG['disk.off'] = 'Aus';
$_LANG['disk.size'] = 'Größe (GB)';
$_LANG['disk.kind'] = 'Verwendung';
$_LANG['disk.automatic'] = 'Automatische Sicherungen';
$_LANG['disk.empty'] = 'Sie hat keine Festplatten.';
$_LANG['disk.about'] = 'Festplatte {id}';
$_LANG['disk.turn_off'] = 'Automatische Sicherungen aus';
$_LANG['disk.turn_on'] = 'Automatische Sicherungen an';
$_LANG['backup.take'] = 'Jetzt sichern';
$_LANG['log.pending'] = 'Wartet';
$_LANG['log.running'] = 'Läuft';
$_LANG['log.complete'] = 'Erledigt';
$_LANG['log.failed'] = 'Fehlgeschlagen';
$_LANG['log.cancelled'] = 'Abgebrochen';
$_LANG['log.heading'] = 'Aktivität';
$_LANG['log.ref'] = 'Nr.';
$_LANG['log.at'] = 'Datum';
$_LANG['log.action'] = 'Aufgabe';
$_LANG['log.status'] = 'Stand';
$_LANG['log.empty'] = 'Noch ist nichts bekannt.';
$_LANG['log.details'] = 'Einzelheiten';
$_LANG['log.gone'] = 'Diese Aufgabe ist nicht mehr bekannt.';
$_LANG['log.title'] = 'Aufgabe {id}';
$_LANG['log.output'] = 'Was sie schrieb';
$_LANG['log.silent'] = 'Sie schrieb nichts.';
$_LANG['list.title'] = 'Ihre virtuellen Maschinen';
$_LANG['list.product'] = 'Produkt';
$_LANG['vm.state'] = 'Zustand';
$_LANG['vm.addresses'] = 'IP-Adressen';
$_LANG['list.empty'] = 'Sie haben keine virtuellen Maschinen.';
$_LANG['list.deleting'] = 'Wird gelöscht';
$_LANG['list.unknown'] = 'Nicht bekannt';
$_LANG['list.none'] = 'Noch keine';
$_LANG['list.no_product'] = '(kein Produkt)';
$_LANG['list.last_known'] = 'Nicht jede virtuelle Maschine kann zurzeit gelesen werden; diese stehen so da, wie '
    . 'sie zuletzt gesehen wurden.';
$_LANG['vm.pending'] = 'Ihre virtuelle Maschine wird vorbereitet.';
$_LANG['vm.is_suspended'] = 'Die virtuelle Maschine ist gesperrt. Bitte wenden Sie sich an den Support.';
$_LANG['vm.over'] = 'Dieses Produkt ist nicht aktiv.';
$_LANG['vm.deleting'] = 'Die virtuelle Maschine wird gelöscht. Eine neue kann erstellt werden, wenn sie weg ist, '
    . 'meist in zehn Minuten.';
$_LANG['log.unread'] = 'Die Aktivität kann zurzeit nicht gelesen werden.';
$_LANG['vm.busy'] = 'Eine andere Aktion läuft gerade.';
$_LANG['vm.title'] = 'Ihre virtuelle Maschine';
$_LANG['vm.unavailable'] = 'Die Angaben zur virtuellen Maschine sind zurzeit nicht verfügbar. Bitte versuchen Sie '
    . 'es später noch einmal.';
$_LANG['vm.last_known'] = 'Die Angaben zur virtuellen Maschine können zurzeit nicht gelesen werden. Diese sind von '
    . '{at}.';
$_LANG['vm.login'] = 'Anmeldename';
$_LANG['vm.show_password'] = 'Passwort anzeigen';
$_LANG['vm.password'] = 'Passwort';
$_LANG['vm.password_title'] = 'Anmeldung an Ihrer virtuellen Maschine';
$_LANG['vm.password_kept'] = 'Dieses Passwort ist beim Produkt hinterlegt. Wurde es in der virtuellen Maschine selbst '
    . 'geändert, dann gilt jenes.';
$_LANG['vm.recovery'] = 'Rettungssystem';
$_LANG['vm.recovery_on'] = 'Sie läuft vom Rettungssystem, nicht von ihrer eigenen Festplatte.';
$_LANG['vm.unlimited'] = 'Unbegrenzt';
$_LANG['vm.port_speed'] = 'Anschlussgeschwindigkeit';
$_LANG['vm.transfer'] = 'Datenverkehr';
$_LANG['vm.address'] = 'Adresse';
$_LANG['vm.no_addresses'] = 'Sie hat keine Adressen.';
$_LANG['vm.rebuild_network'] = 'Netzwerk neu einrichten';
$_LANG['vm.shutdown_type'] = 'Die virtuelle Maschine währenddessen';
$_LANG['vm.shutdown_none'] = 'bleibt an';
$_LANG['vm.shutdown_soft'] = 'wird gebeten herunterzufahren';
$_LANG['vm.shutdown_graceful'] = 'wird gebeten herunterzufahren, und ausgeschaltet, wenn sie es nicht tut';
$_LANG['vm.shutdown_hard'] = 'wird sofort ausgeschaltet';
$_LANG['vm.rebuild_network_help'] = 'Schreibt die Netzwerkeinstellungen neu in die virtuelle Maschine, was eine '
    . 'neue Adresse braucht.';
$_LANG['vm.startup'] = 'Danach wieder starten';
$_LANG['vm.pages'] = 'Seiten der virtuellen Maschine';
$_LANG['vm.overview'] = 'Übersicht';
$_LANG['traffic.title'] = 'Datenverkehr';
$_LANG['staff.no_vm'] = 'Der Dienst hat keine VM.';
$_LANG['staff.deleting'] = 'Die VM wird gelöscht.';
$_LANG['staff.vm_id'] = 'VM';
$_LANG['staff.panel'] = 'Im Control Panel';
$_LANG['staff.gone'] = 'Die VM ist bei OnApp nicht mehr da.';
$_LANG['staff.identifier'] = 'Kennung';
$_LANG['staff.user'] = 'OnApp-Benutzer';
$_LANG['staff.record'] = 'Verzeichnet als';
$_LANG['staff.same'] = 'wie bestellt';
$_LANG['staff.differs'] = 'weicht ab';
$_LANG['staff.unknown'] = 'nicht gelesen';
$_LANG['staff.compared'] = 'Bestellt und vorhanden';
$_LANG['staff.resource'] = 'Ressource';
$_LANG['staff.ordered'] = 'Bestellt';
$_LANG['staff.actual'] = 'Vorhanden';
$_LANG['staff.verdict'] = 'Vergleich';
$_LANG['staff.changes'] = 'weicht ab: Change Package ändert es';
$_LANG['staff.restarts'] = 'weicht ab: Change Package ändert es, und die VM startet dafür neu';
$_LANG['staff.follows'] = 'weicht ab: nach Change Package ergänzt der nächste Cron, was fehlt';
$_LANG['staff.stays'] = 'weicht ab: was zugewiesen ist, wird nicht weggenommen';
$_LANG['staff.refused'] = 'weicht ab und wird nicht von selbst geändert: Change Package lehnt es ab';
$_LANG['staff.change'] = 'Change Package wendet an, was abweicht. Machen Sie vorher mit „Jetzt sichern“ eine '
    . 'Sicherung: das Datum der letzten steht unten.';
$_LANG['staff.secondary'] = 'IP-Adressen im zweiten Netz';
$_LANG['staff.secondary_speed'] = 'Anschlussgeschwindigkeit im zweiten Netz';
$_LANG['upgrade.title'] = 'Upgrade';
$_LANG['upgrade.advice'] = 'Bitte machen Sie eine Sicherung, bevor Sie Ihre Bestellung ändern. Für Arbeitsspeicher, CPU '
    . 'und Festplatte startet die virtuelle Maschine unter Umständen neu. Eine Festplatte kann wachsen und nie '
    . 'schrumpfen, und eine andere Vorlage bedeutet eine neue Installation.';
$_LANG['upgrade.under_way'] = 'Ihre letzte Bestellung wird noch angewendet.';
$_LANG['upgrade.ordered'] = 'Jetzt bestellt';
$_LANG['upgrade.last_backup'] = 'Letzte Sicherung';
$_LANG['upgrade.no_backup'] = 'Noch keine';
$_LANG['upgrade.ways'] = 'Was sich ändern lässt';
$_LANG['upgrade.options'] = 'Andere Optionen wählen';
$_LANG['upgrade.package'] = 'Zu einem anderen Produkt wechseln';
$_LANG['onapp.no_upgrades'] = 'Dieses Produkt hat kein solches Upgrade. Es wurde nichts geändert.';
$_LANG['staff.nothing'] = 'Nichts ist bekannt.';
$_LANG['staff.last_known'] = 'Das Folgende ist von {at}.';
$_LANG['vm.locked'] = 'Mit einer Aufgabe beschäftigt';
$_LANG['vm.building'] = 'Wird aufgebaut';
$_LANG['vm.suspended'] = 'Gesperrt';
$_LANG['vm.unbuilt'] = 'Noch nicht aufgebaut';
$_LANG['vm.running'] = 'Läuft';
$_LANG['vm.stopped'] = 'Aus';
$_LANG['vm.wait'] = 'Die virtuelle Maschine ist mit einer Aufgabe beschäftigt. Die meisten enden nach einer '
    . 'Minute, Sicherungen dauern mehrere; öffnen Sie diese Seite dann noch einmal.';
$_LANG['vm.wait_build'] = 'Die virtuelle Maschine wird aufgebaut, was etwa fünf Minuten dauert. Öffnen Sie diese '
    . 'Seite dann noch einmal.';
$_LANG['vm.start'] = 'Starten';
$_LANG['vm.shutdown'] = 'Herunterfahren';
$_LANG['vm.shutdown_sure'] = 'Das Betriebssystem wird gebeten herunterzufahren, und wer es benutzt, wird getrennt. '
    . 'Herunterfahren?';
$_LANG['vm.stop'] = 'Ausschalten';
$_LANG['vm.stop_sure'] = 'Das ist wie das Ziehen des Steckers: Was nicht gespeichert ist, geht verloren. '
    . 'Ausschalten?';
$_LANG['vm.reboot'] = 'Neu starten';
$_LANG['vm.reboot_sure'] = 'Die virtuelle Maschine startet neu, und wer sie benutzt, wird getrennt. Neu starten?';
$_LANG['vm.console'] = 'Konsole öffnen';
$_LANG['vm.reset_password'] = 'Neues Root-Passwort';
$_LANG['vm.reset_password_sure'] = 'Der Administrator bekommt ein neues Passwort. Eine laufende virtuelle Maschine '
    . 'wird dafür neu gestartet. Weiter?';
$_LANG['vm.build'] = 'Aufbauen';
$_LANG['vm.rebuild'] = 'Neu installieren';
$_LANG['vm.rebuild_sure'] = 'Das Betriebssystem wird neu installiert. ALLES auf der Festplatte der virtuellen '
    . 'Maschine geht verloren. Weiter?';
$_LANG['vm.rebuild_sure_from'] = 'Das Betriebssystem wird neu installiert, aus der Vorlage {template}. ALLES auf der '
    . 'Festplatte der virtuellen Maschine geht verloren. Weiter?';
$_LANG['vm.rebuild_choose'] = 'Das Betriebssystem wird neu installiert, aus der Vorlage, die Sie auswählen. ALLES auf '
    . 'der Festplatte der virtuellen Maschine geht verloren.';
$_LANG['vm.unlock'] = 'Entsperren';
$_LANG['vm.unlock_sure'] = 'Nur für eine virtuelle Maschine, deren Aufgabe hängt: Während einer Aufgabe kann das '
    . 'Entsperren ihr schaden. Entsperren?';
$_LANG['vm.delete'] = 'Löschen';
$_LANG['vm.delete_sure'] = 'Die virtuelle Maschine, ALLES darauf und alle ihre Sicherungen werden gelöscht. Das '
    . 'Produkt bleibt, der bisherige Datenverkehr wird berechnet, und eine neue virtuelle Maschine kann erstellt werden. Löschen?';
$_LANG['traffic.period'] = 'Dieser Abrechnungszeitraum';
$_LANG['traffic.none'] = 'Noch wurde nichts gemessen.';
$_LANG['traffic.no_period'] = 'Was gemessen wurde, kann nicht gezeigt werden, weil nicht bekannt ist, wann der Zeitraum '
    . 'beginnt. Bitte wenden Sie sich an den Support.';
$_LANG['traffic.span'] = 'Von und bis';
$_LANG['traffic.used'] = 'Bisher genutzt';
$_LANG['traffic.forecast'] = 'Bei diesem Verlauf bis zum Ende';
$_LANG['traffic.included'] = 'Enthalten';
$_LANG['traffic.cost'] = 'Bisherige Kosten, ohne Steuer';
$_LANG['traffic.received'] = 'Empfangen';
$_LANG['traffic.sent'] = 'Gesendet';
$_LANG['traffic.chart'] = 'Datenverkehr nach Tagen: empfangen und gesendet in diesem Abrechnungszeitraum.';
$_LANG['traffic.by_day'] = 'Nach Tagen';
$_LANG['traffic.day'] = 'Tag';
$_LANG['traffic.total'] = 'Gesamt';
$_LANG['staff.sync'] = 'Abgleichen';
$_LANG['onapp.start.done'] = 'Die virtuelle Maschine wird gestartet.';
$_LANG['onapp.shutdown.done'] = 'Die virtuelle Maschine wird heruntergefahren.';
$_LANG['onapp.stop.done'] = 'Die virtuelle Maschine wird ausgeschaltet.';
$_LANG['onapp.reboot.done'] = 'Die virtuelle Maschine wird neu gestartet.';
$_LANG['onapp.unlock.done'] = 'Die virtuelle Maschine ist entsperrt.';
$_LANG['onapp.build.done'] = 'Die virtuelle Maschine wird aufgebaut.';
$_LANG['onapp.rebuild.done'] = 'Die virtuelle Maschine wird neu installiert.';
$_LANG['onapp.rebuild_network.done'] = 'Das Netzwerk wird neu eingerichtet.';
$_LANG['onapp.delete_vm.done'] = 'Die virtuelle Maschine wird gelöscht.';
$_LANG['onapp.create_vm.done'] = 'Die virtuelle Maschine wird erstellt.';
$_LANG['onapp.reset_password.done'] = 'Der Administrator bekommt ein neues Passwort. Es ist bei diesem Produkt hinterlegt: '
    . 'Passwort anzeigen.';
$_LANG['onapp.password_unclear'] = 'Es ist nicht bekannt, ob das Passwort geändert wurde: Das neue oder das bisherige '
    . 'gilt. Bitte drücken Sie in einigen Minuten noch einmal Neues Root-Passwort: Dieses gilt dann und ist bei diesem '
    . 'Produkt hinterlegt.';
$_LANG['onapp.no_password'] = 'Bei diesem Produkt ist kein Passwort hinterlegt. Setzen Sie ein neues, dann ist es dort.';
$_LANG['onapp.vm_locked'] = 'Die virtuelle Maschine ist mit einer Aufgabe beschäftigt. Nichts wurde geändert. '
    . 'Bitte versuchen Sie es in einer Minute noch einmal; Sicherungen dauern mehrere.';
$_LANG['onapp.vm_building'] = 'Die virtuelle Maschine wird gerade aufgebaut. Nichts wurde geändert. Bitte '
    . 'versuchen Sie es in etwa fünf Minuten noch einmal.';
$_LANG['panel.locked'] = 'Die virtuelle Maschine ist mit einer Aufgabe beschäftigt. Nichts wurde geändert. Bitte '
    . 'versuchen Sie es in einer Minute noch einmal; Sicherungen dauern mehrere.';
$_LANG['onapp.vm_suspended'] = 'Die virtuelle Maschine ist gesperrt. Nichts wurde geändert. Bitte wenden Sie sich '
    . 'an den Support.';
$_LANG['onapp.vm_unbuilt'] = 'Die virtuelle Maschine ist noch nicht aufgebaut. Nichts wurde geändert. Bitte bauen '
    . 'Sie sie zuerst auf.';
$_LANG['onapp.vm_running'] = 'Die virtuelle Maschine läuft. Nichts wurde geändert.';
$_LANG['onapp.vm_stopped'] = 'Die virtuelle Maschine ist aus. Nichts wurde geändert. Bitte starten Sie sie zuerst.';
$_LANG['onapp.vm_not_locked'] = 'Die virtuelle Maschine ist nicht blockiert. Nichts wurde geändert.';
$_LANG['onapp.vm_built'] = 'Die virtuelle Maschine ist schon aufgebaut. Nichts wurde geändert.';
$_LANG['onapp.no_vm'] = 'Dieses Produkt hat noch keine virtuelle Maschine. Nichts wurde geändert.';
$_LANG['onapp.still_deleting'] = 'Die virtuelle Maschine wird gerade gelöscht. Bitte versuchen Sie es in einigen '
    . 'Minuten noch einmal.';
$_LANG['onapp.vm_gone'] = 'Die virtuelle Maschine ist nicht mehr da. Nichts wurde geändert.';
$_LANG['onapp.vm_exists'] = 'Dieses Produkt hat schon eine virtuelle Maschine. Nichts wurde geändert.';
$_LANG['onapp.not_on_page'] = 'Das steht nicht mehr auf dieser Seite. Nichts wurde geändert. Bitte wählen Sie noch '
    . 'einmal.';
$_LANG['onapp.shutdown_type'] = 'Bitte wählen Sie eine der Arten herunterzufahren. Nichts wurde geändert.';
$_LANG['onapp.create_unknown'] = 'Noch ist nicht bekannt, ob die virtuelle Maschine entstanden ist. Bitte warten '
    . 'Sie einige Minuten und drücken Sie dann noch einmal: Zuerst wird nachgesehen.';
$_LANG['onapp.autobackup_on.done'] = 'Automatische Sicherungen sind an.';
$_LANG['onapp.autobackup_off.done'] = 'Automatische Sicherungen sind aus.';
$_LANG['onapp.take_backup.done'] = 'Die Sicherung wird gemacht.';
$_LANG['onapp.restore_backup.done'] = 'Die Sicherung wird wiederhergestellt.';
$_LANG['onapp.delete_backup.done'] = 'Die Sicherung wird gelöscht.';
$_LANG['onapp.assign_address.done'] = 'Die Adresse ist zugewiesen. Die virtuelle Maschine benutzt sie, sobald ihr Netzwerk neu '
    . 'eingerichtet ist.';
$_LANG['onapp.release_address.done'] = 'Die Adresse ist freigegeben.';
$_LANG['onapp.addresses_full'] = 'Die virtuelle Maschine hat alle bestellten Adressen. Es wurde nichts geändert.';
$_LANG['onapp.address_not_ours'] = 'Diese Adresse hat der Support zugewiesen. Es wurde nichts geändert. Bitte fragen Sie den '
    . 'Support.';
$_LANG['onapp.address_last'] = 'Das ist die einzige Adresse der virtuellen Maschine. Es wurde nichts geändert. Bitte '
    . 'weisen Sie zuerst eine andere zu.';
$_LANG['onapp.no_free_address'] = 'Zurzeit ist keine Adresse frei. Es wurde nichts geändert. Bitte versuchen Sie es später '
    . 'noch einmal.';
$_LANG['onapp.interface_pending'] = 'Die virtuelle Maschine bekommt ihre zweite Schnittstelle. Bitte versuchen Sie es in '
    . 'einer Minute noch einmal.';
$_LANG['onapp.add_rule.done'] = 'Die Regel ist hinzugefügt. Sie bewirkt nichts, bis die Regeln angewandt werden.';
$_LANG['onapp.delete_rule.done'] = 'Die Regel ist gelöscht. Das bewirkt nichts, bis die Regeln angewandt werden.';
$_LANG['onapp.rule_up.done'] = 'Die Regel ist verschoben. Das bewirkt nichts, bis die Regeln angewandt werden.';
$_LANG['onapp.rule_down.done'] = 'Die Regel ist verschoben. Das bewirkt nichts, bis die Regeln angewandt werden.';
$_LANG['onapp.default_accept.done'] = 'Alles andere wird angenommen, sobald die Regeln angewandt sind.';
$_LANG['onapp.default_drop.done'] = 'Alles andere wird verworfen, sobald die Regeln angewandt sind.';
$_LANG['onapp.apply_firewall.done'] = 'Die Regeln werden angewandt.';
$_LANG['onapp.no_firewall'] = 'Die Firewall dieser virtuellen Maschine kann hier nicht benutzt werden. Es wurde nichts '
    . 'geändert. Bitte wenden Sie sich an den Support.';
$_LANG['onapp.rules_full'] = 'Diese Schnittstelle hat so viele Regeln, wie sie haben kann. Es wurde nichts geändert. Bitte '
    . 'löschen Sie zuerst eine.';
$_LANG['onapp.rule_at_end'] = 'Die Regel ist schon die erste oder die letzte. Es wurde nichts geändert.';
$_LANG['onapp.rules_changed'] = 'Die Regeln stehen inzwischen in einer anderen Reihenfolge. Es wurde nichts geändert. Bitte '
    . 'wählen Sie noch einmal.';
$_LANG['panel.forbidden'] = 'Das ist hier nicht erlaubt. Bitte wenden Sie sich an den Support.';
