// Journeys over every page of a virtual machine: disks, backups, charts, the list, its network, password and tasks.

import assert from 'node:assert/strict';
import { bothWays, checked, part, settled, sure, text, worked } from '../travel.mjs';

// The parts of the machine's pages that have an address of their own: its name, and what it says.
const PARTS = {
  disks: ['Disks', 'Size (GB)', 'Primary', 'Automatic backups'],
  backups: ['Backups', 'There are no backups yet'],
  firewall: ['Firewall', 'Interface eth0', 'Everything else', 'Add a rule'],
  cpu: ['CPU usage'],
  bandwidth: ['Bandwidth'],
  machines: ['Your virtual machines', 'vm1.example.test', 'Running'],
};

const press = (page, label) => page.getByRole('button', { name: label }).first().click();
const says = async (page, ...words) => {
  const said = await text(page);
  for (const word of words) assert.ok(said.includes(word), `"${word}" is not in ${said}`);
};
const truth = async (site) => (await site.panels.onapp.state()).vms.find((vm) => vm.deleted_at === null);

async function eachPart(look, how) {
  const { page, site, service } = look;
  for (const [name, texts] of Object.entries(PARTS)) {
    await page.goto(part(site, service, name));
    await says(page, ...texts);
    await checked(look, `${name}-${how}`);
  }
  await page.goto(part(site, service, 'disks'));
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await says(page, 'Debian 12 x64');
}

// Automatic backups are switched on and off; one backup is taken, restored and deleted.
async function backUp(look, how) {
  const { page, site, service } = look;
  await page.goto(part(site, service, 'disks'));
  await press(page, /^Automatic backups on/);
  await worked(page, 'Automatic backups are on.');
  await checked(look, `disks-${how}-on`);
  await settled(site);
  await page.goto(part(site, service, 'disks'));
  await press(page, /^Automatic backups off/);
  await worked(page, 'Automatic backups are off.');
  await settled(site);
  await page.goto(part(site, service, 'disks'));
  await press(page, /^Back up now/);
  await worked(page, 'The backup is being taken.');
  await settled(site, 900);
  await page.goto(part(site, service, 'backups'));
  await says(page, 'Ready');
  await checked(look, `backups-${how}-ready`);
  await sure(look, 'Restore', `backups-${how}-restore`);
  await worked(page, 'The backup is being restored.');
  await settled(site, 900);
  await page.goto(part(site, service, 'backups'));
  await sure(look, 'Delete', `backups-${how}-delete`);
  await worked(page, 'The backup is being deleted.');
  await settled(site, 900);
  await page.goto(part(site, service, 'backups'));
  await says(page, 'There are no backups yet');
}

// In the list the machine is shut down and started.
async function switchInTheList(look, how) {
  const { page, site, service } = look;
  await page.goto(part(site, service, 'machines'));
  await sure(look, 'Shut down', `list-${how}-sure`);
  await worked(page, 'is being shut down');
  await settled(site, 900);
  assert.equal((await truth(site)).booted, false);
  await page.goto(part(site, service, 'machines'));
  await says(page, 'Off');
  await checked(look, `list-${how}-off`);
  await press(page, /^Start/);
  await worked(page, 'is being started');
  await settled(site, 900);
  assert.equal((await truth(site)).booted, true);
}

// The network is rebuilt and unlocked, the administrator gets a new password, a task's details are read, the console opens.
async function repair(look, how) {
  const { page, site, service } = look;
  await page.goto(site.page(service));
  await page.getByLabel('The virtual machine meanwhile').selectOption('graceful');
  await page.getByRole('button', { name: 'Rebuild the network', exact: true }).click();
  await worked(page, 'The network is being rebuilt.');
  await checked(look, `network-${how}`);
  await sure(look, 'Unlock', `unlock-${how}-sure`);
  await worked(page, 'is unlocked');
  await settled(site, 900);
  await page.goto(site.page(service));
  await sure(look, 'New root password', `password-${how}-sure`);
  await worked(page, 'The administrator gets a new password.');
  await settled(site, 900);
  await page.goto(site.page(service));
  await press(page, /^Details/);
  await says(page, 'What it wrote');
  await checked(look, `task-${how}`);
  await page.goto(site.page(service));
  // Only asked where it leads: the panel's own page is not this site's.
  const form = await page.getByRole('button', { name: 'Open the console', exact: true }).evaluate((button) => ({
    action: button.form.action, fields: Object.fromEntries(new FormData(button.form, button)),
  }));
  const answer = await page.context().request.post(form.action, { form: form.fields, maxRedirects: 0 });
  assert.ok(answer.headers().location.startsWith(`${site.panels.onapp.url}/console_remote/`), answer.headers().location);
}

// A product that builds nothing by itself: the client presses Build.
async function build(look, how) {
  const { page, site, module } = look;
  const service = module.order(site, `${how}-unbuilt.example.test`);
  site.whmcs('sql', "UPDATE tblproducts SET configoption10 = '0,0' WHERE servertype = 'onapp'");
  try {
    site.whmcs('module', '--service', service, '--action', 'create');
  } finally {
    site.whmcs('sql', "UPDATE tblproducts SET configoption10 = 'on,0' WHERE servertype = 'onapp'");
  }
  await settled(site);
  await page.goto(site.page(service));
  await says(page, 'Not built yet');
  await checked(look, `build-${how}`);
  await page.getByRole('button', { name: 'Build', exact: true }).click();
  await worked(page, 'is being built');
  await settled(site, 900);
  await page.goto(site.page(service));
  await says(page, 'Running');
  site.whmcs('module', '--service', service, '--action', 'terminate');
  await settled(site);
}

// Two days of traffic and work, with their charts and tables.
async function charts(look, how) {
  const { page, site, service } = look;
  for (const [name, words] of [['bandwidth', ['Received', 'Sent', 'Total']], ['cpu', ['Used', 'Hour from']]]) {
    await page.goto(part(site, service, name));
    assert.equal(await page.locator('[role=img] > svg').count(), 1, name);
    await page.locator('.provisor-section details summary').first().click();
    await says(page, ...words);
    await checked(look, `${name}-${how}-chart`);
  }
  await page.goto(site.page(service));
  await says(page, 'Bandwidth');
}

// A day and more of traffic and work is measured, and read by the cron.
async function measured({ site, service }) {
  const panel = site.panels.onapp;
  const vm = Number(site.sql(`SELECT vm_id FROM mod_provisor_services WHERE module = 'onapp' AND service_id = ${service}`)[0].vm_id);
  const start = Math.ceil(Date.parse((await panel.state()).now) / 3_600_000) * 3_600_000;
  const hour = (after) => new Date(start + after * 3_600_000).toISOString().replace('.000', '');
  await panel.control('traffic', { vm, from: hour(0), to: hour(26), kb_per_hour: 300_000 });
  await panel.control('cpu', { vm, from: hour(0), to: hour(26), cpu_time: 20_000 });
  await panel.control('clock', { advance_seconds: 27 * 3600 });
  site.whmcs('clock', '--set', (await panel.state()).now);
  site.php("Provisor\\Job::run('onapp.collect', []);");
}

export const journeys = {
  'each part of the machine\'s pages says what it is of and is left by a link, on a desk and on a phone': async (look) => {
    await look.page.goto(look.site.page(look.service));
    await bothWays(look, eachPart);
  },
  'backups are taken, restored, deleted and made by themselves, on a desk with scripts and on a phone without': async (look) => {
    await look.page.goto(look.site.page(look.service));
    await bothWays(look, backUp);
  },
  'the list switches a machine off and on, on a desk with scripts and on a phone without': async (look) => {
    await look.page.goto(look.site.page(look.service));
    await bothWays(look, switchInTheList);
  },
  'network, lock, password, tasks and console are reached, on a desk with scripts and on a phone without': async (look) => {
    await look.page.goto(look.site.page(look.service));
    await bothWays(look, repair);
  },
  'bandwidth and CPU usage are charts with their tables, on a desk with scripts and on a phone without': async (look) => {
    try {
      await measured(look);
      await look.page.goto(look.site.page(look.service));
      await bothWays(look, charts);
    } finally {
      look.site.whmcs('clock', '--set', 'real');
    }
  },
  'a machine that is not built by itself is built by its client, on a desk with scripts and on a phone without': async (look) => {
    await look.page.goto(look.site.page(look.service));
    await bothWays(look, build);
  },
};
