<?php

/** The texts of this module, by code. No text for clients names the vendor. */

defined('WHMCS') || exit;

$_LANG['staff.reboot'] = 'Reboot';
$_LANG['staff.get_ips'] = 'Get Server IP';
$_LANG['staff.test'] = 'Check Connection';
$_LANG['staff.server'] = 'Server';
$_LANG['staff.list'] = 'SingleHop Servers List';
$_LANG['staff.save'] = 'Save Changes';
$_LANG['staff.none'] = 'None';
$_LANG['staff.seen'] = 'Seen last';
$_LANG['staff.ips'] = 'Server IP';
$_LANG['staff.state'] = 'Server state';
$_LANG['staff.empty'] = 'No servers are listed: the Tandem user has no permission for any server. In LEAP go to Tandem > Tandem'
    . ' Users, select the user, click Add Server Permissions, tick the server and click Apply Permissions.';
$_LANG['staff.unseen'] = 'The selected server is not in the list any more: the Tandem user lost its permission, or the server is'
    . ' gone. It stays selected until another one is.';
$_LANG['server.title'] = 'Your server';
$_LANG['server.pending'] = 'Your server is being prepared.';
$_LANG['server.over'] = 'This product is not active.';
$_LANG['server.busy'] = 'Another action is under way.';
$_LANG['server.last_known'] = "The server's details cannot be read at the moment. These are from {at}.";
$_LANG['server.unavailable'] = "The server's details are temporarily not available. Please try again later.";
$_LANG['server.old_addresses'] = 'The IP addresses cannot be read at the moment. These are from {at}.';
$_LANG['server.old_traffic'] = 'The bandwidth cannot be read at the moment. It is shown as of {at}.';
$_LANG['server.details'] = 'Server';
$_LANG['server.hostname'] = 'Hostname';
$_LANG['server.username'] = 'User name';
$_LANG['server.state'] = 'State';
$_LANG['server.online'] = 'Online';
$_LANG['server.rescue'] = 'Rescue mode';
$_LANG['server.suspended'] = 'Suspended';
$_LANG['server.offline'] = 'Not online';
$_LANG['server.ip'] = 'IP address';
$_LANG['server.addresses'] = 'IP addresses';
$_LANG['server.no_addresses'] = 'No addresses are known.';
$_LANG['server.network'] = 'Network';
$_LANG['server.public'] = 'Public';
$_LANG['server.private'] = 'Private';
$_LANG['server.netmask'] = 'Netmask';
$_LANG['server.gateway'] = 'Gateway';
$_LANG['server.bandwidth'] = 'Bandwidth';
$_LANG['server.no_bandwidth'] = 'No bandwidth is known yet.';
$_LANG['server.month'] = 'Month';
$_LANG['server.this_month'] = 'This month';
$_LANG['server.last_month'] = 'Last month';
$_LANG['server.by_day'] = 'Bandwidth by day';
$_LANG['server.no_days'] = 'No days are known yet.';
$_LANG['server.day'] = 'Day';
$_LANG['server.received'] = 'Received';
$_LANG['server.sent'] = 'Sent';
$_LANG['server.chart'] = '{month}: bandwidth by day, received and sent.';
$_LANG['server.total'] = 'Total';
$_LANG['server.reboot'] = 'Restart the server';
$_LANG['server.reboot_confirm'] = 'The server will be restarted and cannot be reached for some minutes. Restart it now?';
$_LANG['server.not_active'] = 'The product is not active.';
$_LANG['server.cool_down_left'] = 'It was restarted a moment ago, and can be again in {seconds} seconds.';
$_LANG['singlehop.reboot.done'] = 'The server is being restarted.';
$_LANG['singlehop.cool_down'] = 'The server was restarted a moment ago. Please wait a minute. Nothing was changed.';
$_LANG['singlehop.unclear'] = 'The server may have been restarted: no answer came. Please see whether it was, before you'
    . ' restart it again.';
$_LANG['singlehop.unavailable'] = 'This is temporarily not available. Please try again later.';
