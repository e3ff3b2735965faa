<?php

/** The texts of this module, by code. */

defined('WHMCS') || exit;

$_LANG['backup.title'] = 'Backups';
$_LANG['backup.built'] = 'Ready';
$_LANG['backup.busy'] = 'Being restored or deleted';
$_LANG['backup.pending'] = 'Being made';
$_LANG['backup.at'] = 'Date';
$_LANG['disk.id'] = 'Disk';
$_LANG['backup.state'] = 'State';
$_LANG['backup.size'] = 'Size (MB)';
$_LANG['backup.kind'] = 'Kind';
$_LANG['backup.empty'] = 'There are no backups yet. One is taken on the page Disks.';
$_LANG['backup.about'] = 'backup {id}';
$_LANG['backup.restore'] = 'Restore';
$_LANG['backup.restore_sure'] = 'The disk becomes what it was at the moment of the backup: EVERYTHING written '
    . 'since then is lost. Restore it?';
$_LANG['backup.delete'] = 'Delete';
$_LANG['backup.delete_sure'] = 'The backup is deleted and cannot be had back. Delete it?';
$_LANG['cpu.title'] = 'CPU usage';
$_LANG['cpu.chart'] = 'CPU usage by the hour, as percent of one core.';
$_LANG['cpu.used'] = 'Used';
$_LANG['cpu.hour'] = 'Hour from';
$_LANG['cpu.empty'] = 'Nothing was measured in the last two days.';
$_LANG['vm.template_wrong'] = 'must be one of the templates in the list';
$_LANG['vm.hostname_wrong'] = 'must be letters, digits and dashes, separated by dots, such as www.example.com';
$_LANG['vm.create_title'] = 'Create your virtual machine';
$_LANG['vm.cannot_create'] = 'A virtual machine cannot be created at the moment. Please ask the support.';
$_LANG['vm.cannot_rebuild'] = 'The virtual machine cannot be installed anew at the moment. Please ask the support.';
$_LANG['vm.gone'] = 'Your virtual machine is not there any more. You can create a new one.';
$_LANG['vm.creating'] = 'A virtual machine was asked for, and it is not known yet whether it is there. Wait a few '
    . 'minutes, then press the button: it is looked up before another one is made.';
$_LANG['vm.none'] = 'This product has no virtual machine yet.';
$_LANG['vm.hostname'] = 'Hostname';
$_LANG['vm.memory'] = 'Memory';
$_LANG['vm.cpus'] = 'CPU cores';
$_LANG['vm.cpu_shares'] = 'CPU priority';
$_LANG['vm.disk'] = 'Disk space';
$_LANG['vm.details'] = 'Virtual machine';
$_LANG['vm.hostname_help'] = 'Such as www.example.com.';
$_LANG['vm.template'] = 'Template';
$_LANG['vm.create'] = 'Create';
$_LANG['vm.template_id'] = 'Template {id}';
$_LANG['vm.template_none'] = 'Please choose';
$_LANG['ip.title'] = 'IP addresses';
$_LANG['ip.included'] = 'Included addresses';
$_LANG['ip.additional'] = 'Additional addresses';
$_LANG['ip.second_included'] = 'Second network: included addresses';
$_LANG['ip.second_additional'] = 'Second network: additional addresses';
$_LANG['ip.other'] = 'Addresses that the support assigned';
$_LANG['ip.address'] = 'Address';
$_LANG['ip.netmask'] = 'Netmask';
$_LANG['ip.gateway'] = 'Gateway';
$_LANG['ip.empty'] = 'It has no addresses here.';
$_LANG['ip.missing'] = 'Not assigned yet: {count}';
$_LANG['ip.about_primary'] = 'a further address';
$_LANG['ip.about_second'] = 'a further address in the second network';
$_LANG['ip.assign'] = 'Assign';
$_LANG['ip.release'] = 'Release';
$_LANG['ip.release_sure'] = 'The virtual machine loses this address, and somebody else may get it. Release it?';
$_LANG['ip.rebuild'] = 'The virtual machine does not use all of these addresses yet: press Rebuild the network on '
    . 'the page Overview.';
$_LANG['ip.rebuild_later'] = 'The virtual machine does not use all of these addresses yet. Once it runs and is not '
    . 'busy, press Rebuild the network on the page Overview.';
$_LANG['fw.title'] = 'Firewall';
$_LANG['fw.none'] = 'The firewall of this virtual machine cannot be used here. Please ask the support.';
$_LANG['fw.in_force'] = 'What stands here is in force. Changes do nothing until you press Apply the rules.';
$_LANG['fw.not_yet'] = 'What stands here is not in force yet: changes do nothing until you press Apply the rules.';
$_LANG['fw.coming'] = 'The rules are being applied, which takes about a minute.';
$_LANG['fw.unknown'] = 'Changes do nothing until you press Apply the rules. It is not known whether what stands here is '
    . 'in force: press it to be sure.';
$_LANG['fw.apply'] = 'Apply the rules';
$_LANG['fw.apply_sure'] = 'From then on the firewall does exactly what stands here. Rules that shut you out do so too; the '
    . 'console is not concerned. Apply them?';
$_LANG['fw.accept'] = 'Accept';
$_LANG['fw.drop'] = 'Drop';
$_LANG['fw.interface'] = 'Interface {name}';
$_LANG['fw.place'] = 'No.';
$_LANG['fw.verdict'] = 'Action';
$_LANG['fw.traffic'] = 'Traffic';
$_LANG['fw.from_one'] = '{what} from {address}';
$_LANG['fw.from_any'] = '{what} from anywhere';
$_LANG['fw.protocol'] = 'Protocol';
$_LANG['fw.from'] = 'From';
$_LANG['fw.ports'] = 'Ports';
$_LANG['fw.about'] = 'rule {place} of {name}';
$_LANG['fw.up'] = 'Up';
$_LANG['fw.down'] = 'Down';
$_LANG['fw.delete'] = 'Delete';
$_LANG['fw.delete_sure'] = 'The rule is taken out of the list. Delete it?';
$_LANG['fw.else'] = 'Everything else';
$_LANG['fw.accept_else'] = 'Accept instead';
$_LANG['fw.drop_else'] = 'Drop instead';
$_LANG['fw.about_else'] = 'everything else on {name}';
$_LANG['fw.add'] = 'Add a rule';
$_LANG['fw.nic'] = 'Interface';
$_LANG['fw.order'] = 'Rules are looked at from the first to the last, and the first that fits decides. A new one comes last.';
$_LANG['fw.from_help'] = 'An address, a network such as 198.51.100.0/24 or a range such as 198.51.100.5-198.51.100.9, of '
    . 'IPv4 or IPv6. Leave it empty for anywhere.';
$_LANG['fw.ports_help'] = 'One port, a range such as 8000:8080, or several with commas. Leave it empty for any. ICMP has no '
    . 'ports.';
$_LANG['fw.nic_wrong'] = 'must be one of the interfaces in the list';
$_LANG['fw.from_wrong'] = 'must be an address, a network such as 198.51.100.0/24 or a range such as '
    . '198.51.100.5-198.51.100.9';
$_LANG['fw.ports_wrong'] = 'must be ports from 1 to 65535: one, a range such as 8000:8080, or at most 15 with commas';
$_LANG['fw.icmp_ports'] = 'must be empty: ICMP has no ports';
$_LANG['fw.there'] = 'this rule stands there already';
$_LANG['fw.not_added'] = 'The rule was not added.';
$_LANG['disk.title'] = 'Disks';
$_LANG['disk.primary'] = 'Primary';
$_LANG['disk.swap'] = 'Swap';
$_LANG['disk.standard'] = 'Further';
$_LANG['disk.never'] = 'Never';
$_LANG['disk.on'] = 'On';
$_LANG['disk.off'] = 'Off';
$_LANG['disk.size'] = 'Size (GB)';
$_LANG['disk.kind'] = 'Use';
$_LANG['disk.automatic'] = 'Automatic backups';
$_LANG['disk.empty'] = 'It has no disks.';
$_LANG['disk.about'] = 'disk {id}';
$_LANG['disk.turn_off'] = 'Automatic backups off';
$_LANG['disk.turn_on'] = 'Automatic backups on';
$_LANG['backup.take'] = 'Back up now';
$_LANG['log.pending'] = 'Waiting';
$_LANG['log.running'] = 'Running';
$_LANG['log.complete'] = 'Done';
$_LANG['log.failed'] = 'Failed';
$_LANG['log.cancelled'] = 'Called off';
$_LANG['log.heading'] = 'Activity';
$_LANG['log.ref'] = 'Ref';
$_LANG['log.at'] = 'Date';
$_LANG['log.action'] = 'Task';
$_LANG['log.status'] = 'Status';
$_LANG['log.empty'] = 'Nothing is known yet.';
$_LANG['log.details'] = 'Details';
$_LANG['log.gone'] = 'This task is not known any more.';
$_LANG['log.title'] = 'Task {id}';
$_LANG['log.output'] = 'What it wrote';
$_LANG['log.silent'] = 'It wrote nothing.';
$_LANG['list.title'] = 'Your virtual machines';
$_LANG['list.product'] = 'Product';
$_LANG['vm.state'] = 'State';
$_LANG['vm.addresses'] = 'IP addresses';
$_LANG['list.empty'] = 'You have no virtual machines.';
$_LANG['list.deleting'] = 'Being deleted';
$_LANG['list.unknown'] = 'Not known';
$_LANG['list.none'] = 'None yet';
$_LANG['list.no_product'] = '(no product)';
$_LANG['list.last_known'] = 'Not every virtual machine can be read at the moment; those are shown as they were '
    . 'last seen.';
$_LANG['vm.pending'] = 'Your virtual machine is being prepared.';
$_LANG['vm.is_suspended'] = 'The virtual machine is suspended. Please ask the support.';
$_LANG['vm.over'] = 'This product is not active.';
$_LANG['vm.deleting'] = 'The virtual machine is being deleted. A new one can be created when it is gone, usually '
    . 'within ten minutes.';
$_LANG['log.unread'] = 'The activity cannot be read at the moment.';
$_LANG['vm.busy'] = 'Another action is under way.';
$_LANG['vm.title'] = 'Your virtual machine';
$_LANG['vm.unavailable'] = 'The virtual machine\'s details are not available at the moment. Please try again later.';
$_LANG['vm.last_known'] = 'The virtual machine\'s details cannot be read at the moment. These are from {at}.';
$_LANG['vm.login'] = 'Login';
$_LANG['vm.show_password'] = 'Show the password';
$_LANG['vm.password'] = 'Password';
$_LANG['vm.password_title'] = 'Login of your virtual machine';
$_LANG['vm.password_kept'] = 'This is the password that is kept with the product. If it was changed inside the virtual '
    . 'machine, that one counts.';
$_LANG['vm.recovery'] = 'Rescue system';
$_LANG['vm.recovery_on'] = 'It runs from the rescue system, not from its own disk.';
$_LANG['vm.unlimited'] = 'Unlimited';
$_LANG['vm.port_speed'] = 'Port speed';
$_LANG['vm.transfer'] = 'Transfer';
$_LANG['vm.address'] = 'Address';
$_LANG['vm.no_addresses'] = 'It has no addresses.';
$_LANG['vm.rebuild_network'] = 'Rebuild the network';
$_LANG['vm.shutdown_type'] = 'The virtual machine meanwhile';
$_LANG['vm.shutdown_none'] = 'stays on';
$_LANG['vm.shutdown_soft'] = 'is asked to shut down';
$_LANG['vm.shutdown_graceful'] = 'is asked to shut down, and switched off if it does not';
$_LANG['vm.shutdown_hard'] = 'is switched off at once';
$_LANG['vm.rebuild_network_help'] = 'Writes the network settings into the virtual machine anew, which a new '
    . 'address needs.';
$_LANG['vm.startup'] = 'Start it again afterwards';
$_LANG['vm.pages'] = 'Pages of the virtual machine';
$_LANG['vm.overview'] = 'Overview';
$_LANG['traffic.title'] = 'Bandwidth';
$_LANG['staff.no_vm'] = 'The service has no VM.';
$_LANG['staff.deleting'] = 'The VM is being deleted.';
$_LANG['staff.vm_id'] = 'VM';
$_LANG['staff.panel'] = 'In the control panel';
$_LANG['staff.gone'] = 'The VM is not at OnApp any more.';
$_LANG['staff.identifier'] = 'Identifier';
$_LANG['staff.user'] = 'OnApp user';
$_LANG['staff.record'] = 'On record as';
$_LANG['staff.same'] = 'as ordered';
$_LANG['staff.differs'] = 'differs';
$_LANG['staff.unknown'] = 'not read';
$_LANG['staff.compared'] = 'Ordered and there';
$_LANG['staff.resource'] = 'Resource';
$_LANG['staff.ordered'] = 'Ordered';
$_LANG['staff.actual'] = 'There';
$_LANG['staff.verdict'] = 'Compared';
$_LANG['staff.changes'] = 'differs: Change Package changes it';
$_LANG['staff.restarts'] = 'differs: Change Package changes it, and the VM restarts for it';
$_LANG['staff.follows'] = 'differs: after Change Package the next cron attaches what is missing';
$_LANG['staff.stays'] = 'differs: what is attached is not taken away';
$_LANG['staff.refused'] = 'differs, and is not changed by itself: Change Package refuses';
$_LANG['staff.change'] = 'Change Package applies what differs. Take a backup first, with Back up now: the date of '
    . 'the last one stands below.';
$_LANG['staff.secondary'] = 'IP addresses in the second network';
$_LANG['staff.secondary_speed'] = 'Port speed in the second network';
$_LANG['upgrade.title'] = 'Upgrade';
$_LANG['upgrade.advice'] = 'Please take a backup before you change what you have ordered. Memory, CPU and disk may '
    . 'restart the virtual machine. A disk can grow and never shrink, and another template means a new installation.';
$_LANG['upgrade.under_way'] = 'What you ordered last is still being applied.';
$_LANG['upgrade.ordered'] = 'Ordered now';
$_LANG['upgrade.last_backup'] = 'Last backup';
$_LANG['upgrade.no_backup'] = 'None yet';
$_LANG['upgrade.ways'] = 'What can be changed';
$_LANG['upgrade.options'] = 'Choose other options';
$_LANG['upgrade.package'] = 'Change to another product';
$_LANG['onapp.no_upgrades'] = 'This product has no such upgrades. Nothing was changed.';
$_LANG['staff.nothing'] = 'Nothing is known.';
$_LANG['staff.last_known'] = 'What follows is from {at}.';
$_LANG['vm.locked'] = 'Busy with a task';
$_LANG['vm.building'] = 'Being built';
$_LANG['vm.suspended'] = 'Suspended';
$_LANG['vm.unbuilt'] = 'Not built yet';
$_LANG['vm.running'] = 'Running';
$_LANG['vm.stopped'] = 'Off';
$_LANG['vm.wait'] = 'The virtual machine is busy with a task. Most end within a minute, backups take several; open '
    . 'this page again then.';
$_LANG['vm.wait_build'] = 'The virtual machine is being built, which takes about five minutes. Open this page '
    . 'again then.';
$_LANG['vm.start'] = 'Start';
$_LANG['vm.shutdown'] = 'Shut down';
$_LANG['vm.shutdown_sure'] = 'The operating system is asked to shut down, and whoever uses it is cut off. Shut it '
    . 'down?';
$_LANG['vm.stop'] = 'Switch off';
$_LANG['vm.stop_sure'] = 'This is like pulling the plug: what is not saved is lost. Switch it off?';
$_LANG['vm.reboot'] = 'Restart';
$_LANG['vm.reboot_sure'] = 'The virtual machine restarts, and whoever uses it is cut off. Restart it?';
$_LANG['vm.console'] = 'Open the console';
$_LANG['vm.reset_password'] = 'New root password';
$_LANG['vm.reset_password_sure'] = 'The administrator gets a new password. A running virtual machine is restarted '
    . 'for it. Go on?';
$_LANG['vm.build'] = 'Build';
$_LANG['vm.rebuild'] = 'Install anew';
$_LANG['vm.rebuild_sure'] = 'The operating system is installed anew. EVERYTHING on the virtual machine\'s disk is '
    . 'lost. Go on?';
$_LANG['vm.rebuild_sure_from'] = 'The operating system is installed anew, from the template {template}. EVERYTHING on the '
    . 'virtual machine\'s disk is lost. Go on?';
$_LANG['vm.rebuild_choose'] = 'The operating system is installed anew, from the template that you choose. EVERYTHING on '
    . 'the virtual machine\'s disk is lost.';
$_LANG['vm.unlock'] = 'Unlock';
$_LANG['vm.unlock_sure'] = 'Only for a virtual machine whose task is stuck: unlocking during a task can damage it. '
    . 'Unlock it?';
$_LANG['vm.delete'] = 'Delete';
$_LANG['vm.delete_sure'] = 'The virtual machine, EVERYTHING on it and all of its backups are deleted. The product '
    . 'stays, its traffic so far is billed, and a new virtual machine can be created. Delete it?';
$_LANG['traffic.period'] = 'This billing period';
$_LANG['traffic.none'] = 'Nothing was measured yet.';
$_LANG['traffic.no_period'] = 'What was measured cannot be shown, because it is not known when the period begins. Please '
    . 'ask the support.';
$_LANG['traffic.span'] = 'From and to';
$_LANG['traffic.used'] = 'Used so far';
$_LANG['traffic.forecast'] = 'At this rate until the end';
$_LANG['traffic.included'] = 'Included';
$_LANG['traffic.cost'] = 'Cost so far, before tax';
$_LANG['traffic.received'] = 'Received';
$_LANG['traffic.sent'] = 'Sent';
$_LANG['traffic.chart'] = 'Transfer by day: received and sent in this billing period.';
$_LANG['traffic.by_day'] = 'By day';
$_LANG['traffic.day'] = 'Day';
$_LANG['traffic.total'] = 'Total';
$_LANG['staff.sync'] = 'Sync';
$_LANG['onapp.start.done'] = 'The virtual machine is being started.';
$_LANG['onapp.shutdown.done'] = 'The virtual machine is being shut down.';
$_LANG['onapp.stop.done'] = 'The virtual machine is being switched off.';
$_LANG['onapp.reboot.done'] = 'The virtual machine is being restarted.';
$_LANG['onapp.unlock.done'] = 'The virtual machine is unlocked.';
$_LANG['onapp.build.done'] = 'The virtual machine is being built.';
$_LANG['onapp.rebuild.done'] = 'The virtual machine is being installed anew.';
$_LANG['onapp.rebuild_network.done'] = 'The network is being rebuilt.';
$_LANG['onapp.delete_vm.done'] = 'The virtual machine is being deleted.';
$_LANG['onapp.create_vm.done'] = 'The virtual machine is being created.';
$_LANG['onapp.reset_password.done'] = 'The administrator gets a new password. It is kept with this product: '
    . 'press Show the password.';
$_LANG['onapp.password_unclear'] = 'It is not known whether the password was changed: the new one or the former one is '
    . 'valid. Please press New root password again in a few minutes: that one is valid, and kept with this product.';
$_LANG['onapp.no_password'] = 'No password is kept with the product. Set a new one: it is kept then.';
$_LANG['onapp.vm_locked'] = 'The virtual machine is busy with a task. Nothing was changed. Please try again in a '
    . 'minute; backups take several.';
$_LANG['onapp.vm_building'] = 'The virtual machine is being built. Nothing was changed. Please try again in about '
    . 'five minutes.';
$_LANG['panel.locked'] = 'The virtual machine is busy with a task. Nothing was changed. Please try again in a '
    . 'minute; backups take several.';
$_LANG['onapp.vm_suspended'] = 'The virtual machine is suspended. Nothing was changed. Please ask the support.';
$_LANG['onapp.vm_unbuilt'] = 'The virtual machine is not built yet. Nothing was changed. Please build it first.';
$_LANG['onapp.vm_running'] = 'The virtual machine is running. Nothing was changed.';
$_LANG['onapp.vm_stopped'] = 'The virtual machine is off. Nothing was changed. Please start it first.';
$_LANG['onapp.vm_not_locked'] = 'The virtual machine is not locked. Nothing was changed.';
$_LANG['onapp.vm_built'] = 'The virtual machine is built already. Nothing was changed.';
$_LANG['onapp.no_vm'] = 'This product has no virtual machine yet. Nothing was changed.';
$_LANG['onapp.still_deleting'] = 'The virtual machine is being deleted. Please try again in a few minutes.';
$_LANG['onapp.vm_gone'] = 'The virtual machine is not there any more. Nothing was changed.';
$_LANG['onapp.vm_exists'] = 'This product has a virtual machine already. Nothing was changed.';
$_LANG['onapp.not_on_page'] = 'That is not on this page any more. Nothing was changed. Please choose again.';
$_LANG['onapp.shutdown_type'] = 'Please choose one of the ways to shut down. Nothing was changed.';
$_LANG['onapp.create_unknown'] = 'It is not known yet whether the virtual machine was made. Please wait a few '
    . 'minutes, then press the button again: it is looked up first.';
$_LANG['onapp.autobackup_on.done'] = 'Automatic backups are on.';
$_LANG['onapp.autobackup_off.done'] = 'Automatic backups are off.';
$_LANG['onapp.take_backup.done'] = 'The backup is being taken.';
$_LANG['onapp.restore_backup.done'] = 'The backup is being restored.';
$_LANG['onapp.delete_backup.done'] = 'The backup is being deleted.';
$_LANG['onapp.assign_address.done'] = 'The address is assigned. The virtual machine uses it once its network is rebuilt.';
$_LANG['onapp.release_address.done'] = 'The address is released.';
$_LANG['onapp.addresses_full'] = 'The virtual machine has all addresses that were ordered. Nothing was changed.';
$_LANG['onapp.address_not_ours'] = 'The support assigned this address. Nothing was changed. Please ask the support.';
$_LANG['onapp.address_last'] = 'This is the only address of the virtual machine. Nothing was changed. Please assign '
    . 'another one first.';
$_LANG['onapp.no_free_address'] = 'There is no free address at the moment. Nothing was changed. Please try again later.';
$_LANG['onapp.interface_pending'] = 'The virtual machine is getting its second interface. Please try again in a minute.';
$_LANG['onapp.add_rule.done'] = 'The rule is added. It does nothing until the rules are applied.';
$_LANG['onapp.delete_rule.done'] = 'The rule is deleted. That does nothing until the rules are applied.';
$_LANG['onapp.rule_up.done'] = 'The rule is moved. That does nothing until the rules are applied.';
$_LANG['onapp.rule_down.done'] = 'The rule is moved. That does nothing until the rules are applied.';
$_LANG['onapp.default_accept.done'] = 'Everything else is accepted, once the rules are applied.';
$_LANG['onapp.default_drop.done'] = 'Everything else is dropped, once the rules are applied.';
$_LANG['onapp.apply_firewall.done'] = 'The rules are being applied.';
$_LANG['onapp.no_firewall'] = 'The firewall of this virtual machine cannot be used here. Nothing was changed. Please ask the '
    . 'support.';
$_LANG['onapp.rules_full'] = 'This interface has as many rules as it can have. Nothing was changed. Please delete one first.';
$_LANG['onapp.rule_at_end'] = 'The rule is the first or the last already. Nothing was changed.';
$_LANG['onapp.rules_changed'] = 'The rules are in another order by now. Nothing was changed. Please choose again.';
$_LANG['panel.forbidden'] = 'This is not permitted here. Please ask the support.';
