// OnApp: a virtual machine that runs at the simulated control panel, and its pages.

import assert from 'node:assert/strict';
import { withChecks } from '../journeys.mjs';

// The parts of the machine's pages that have an address of their own: its name, and what it says.
const PARTS = {
  disks: ['Disks', 'Size (GB)', 'Primary', 'Automatic backups'],
  backups: ['Backups', 'There are no backups yet'],
  firewall: ['Firewall', 'Interface eth0', 'Everything else', 'Add a rule'],
  cpu: ['CPU usage'],
  bandwidth: ['Bandwidth'],
  machines: ['Your virtual machines', 'vm1.example.test', 'Running'],
};

const part = (site, service, name) => `${site.page(service)}&modop=custom&a=${name}`;

// Writes two firewall rules, puts the second first, deletes the other and applies what is left.
async function writeRules({ page, site, service, fits, accessible, neverSaid, shot }, how) {
  const said = () => page.locator('.provisor').innerText();
  const done = (text) => page.locator('.provisor .alert-success', { hasText: text }).waitFor();
  const button = (label, what) => page.getByRole('button', { name: `${label} ${what}`, exact: true });
  const check = async (name) => {
    neverSaid(await page.content());
    await fits();
    await accessible();
    await shot(`firewall-${how}-${name}`);
  };
  const ask = async (question, answer) => {
    await question.click();
    await check(answer);
    await page.locator('.provisor-confirm[open] button').click();
  };
  const add = async (address, ports) => {
    await page.getByLabel('From', { exact: true }).fill(address);
    await page.getByLabel('Ports', { exact: true }).fill(ports);
    await page.getByRole('button', { name: 'Add a rule', exact: true }).click();
  };
  await page.goto(part(site, service, 'firewall'));
  await page.getByLabel('Protocol', { exact: true }).selectOption('TCP');
  await add('<b>here</b>', '80-90');
  for (const label of ['From', 'Ports']) {
    assert.equal(await page.getByLabel(label, { exact: true }).getAttribute('aria-invalid'), 'true', label);
  }
  await check('errors');
  await add('2001:db8:1234:5678:9abc:def0:1234:5678-2001:db8:1234:5678:9abc:def0:1234:ffff', '80,443,8000:8080,9000,9001,9002');
  await done('The rule is added.');
  await add('198.51.100.0/24', '22');
  await done('The rule is added.');
  assert.ok((await said()).includes('not in force yet'), await said());
  await button('Up', 'rule 2 of eth0').click();
  await done('The rule is moved.');
  await check('rules');
  await ask(page.locator('summary', { hasText: 'Delete rule 2 of eth0' }), 'delete');
  await done('The rule is deleted.');
  assert.ok(!(await said()).includes('2001:db8'), await said());
  await button('Drop instead', 'everything else on eth0').click();
  await done('Everything else is dropped');
  await ask(page.locator('summary', { hasText: 'Apply the rules' }), 'apply');
  await done('The rules are being applied.');
  await check('applied');
  await site.panels.onapp.control('clock', { advance_seconds: 300 });
  await page.goto(part(site, service, 'firewall'));
  assert.ok((await said()).includes('What stands here is in force.'), await said());
  await check('in-force');
  // As it was.
  await page.locator('summary', { hasText: 'Delete rule 1 of eth0' }).click();
  await page.locator('.provisor-confirm[open] button').click();
  await done('The rule is deleted.');
  await button('Accept instead', 'everything else on eth0').click();
  await done('Everything else is accepted');
}

export const onapp = {
  name: 'onapp',
  prepare(site) {
    const panel = site.panels.onapp;
    const server = site.whmcs('server:add', '--name', 'Cloud', '--hostname', '127.0.0.1', '--port', new URL(panel.url).port,
      '--username', panel.user, '--password', panel.password);
    const slots = { 1: server, 2: '1', 3: '1024', 4: '0,1', 5: '1', 6: '1', 7: '50', 9: '1,0', 10: 'on,0', 11: '20,0', 18: '1' };
    const options = Object.entries(slots).flatMap(([slot, value]) => ['--option', `${slot}=${value}`]);
    const product = site.whmcs('product:add', '--module', 'onapp', '--name', 'Cloud VM', '--autosetup', '', '--overages',
      '--bw-limit', '1000', '--bw-price', '0.02', ...options);
    const order = site.whmcs('order', '--client', site.client, '--product', product, '--domain', 'vm1.example.test', '--json');
    const service = String(JSON.parse(order).service);
    site.whmcs('module', '--service', service, '--action', 'create');
    return service;
  },
  // What the panel is busy with ends.
  async ready(site) {
    await site.panels.onapp.control('clock', { advance_seconds: 300 });
    site.php("Provisor\\Job::run('onapp.settle', []);");
  },
  how: (site, how) => site.panels.onapp.is(how),
  states: ['down', 'slow'],
  async requests(site) {
    const asked = await site.panels.onapp.requests();
    return asked.map((request) => ({ ...request, reads: request.method === 'GET' }));
  },
  async acted(site) {
    const { vms, users } = await site.panels.onapp.state();
    const rows = site.sql("SELECT service_id, state, vm_id, create_key FROM mod_provisor_services WHERE module = 'onapp'");
    return [rows, vms.map(({ id, booted, locked, built, deleted_at, user_id }) => ({ id, booted, locked, built, deleted_at, user_id })), users];
  },
  texts: ['Your virtual machine', 'Running', '1024 MB', 'Debian 12 x64', '198.18.0.', 'Activity'],
  absent: ['onapp_', 'onapp.', 'hypervisor', 'NaN', 'undefined'],
  action: { label: 'Restart', done: 'The virtual machine is being restarted.' },
  german: { has: 'Arbeitsspeicher', lacks: 'Debian 12 x64' },
  remembered: 'The virtual machine\'s details cannot be read at the moment.',
  staff: { button: 'Sync', told: 'as ordered', row: 'Ordered and there' },
  journeys: {
    'each part of the machine\'s pages says what it is of, fits a phone and is left by a link': async (look) => {
      const { page, site, service, shot, fits, accessible, neverSaid } = look;
      await page.setViewportSize({ width: 320, height: 640 });
      for (const [name, texts] of Object.entries(PARTS)) {
        await page.goto(part(site, service, name));
        const said = await page.locator('.provisor').innerText();
        for (const text of texts) assert.ok(said.includes(text), `${name}: "${text}" is not in ${said}`);
        neverSaid(await page.content());
        await fits();
        await accessible();
        await shot(name);
      }
      await page.goto(part(site, service, 'disks'));
      await page.getByRole('link', { name: 'Overview', exact: true }).click();
      assert.ok((await page.locator('.provisor').innerText()).includes('Debian 12 x64'));
    },
    'firewall rules are written, ordered, deleted and applied, on a desk with scripts and on a phone without': async (look) => {
      await writeRules(look, 'desk');
      // Where a phone is narrow, with scripts: what the accessibility is measured with.
      await look.page.setViewportSize({ width: 320, height: 640 });
      await look.page.goto(part(look.site, look.service, 'firewall'));
      await look.fits();
      await look.accessible();
      const context = await look.page.context().browser().newContext({
        storageState: await look.page.context().storageState(), javaScriptEnabled: false, viewport: { width: 320, height: 640 },
      });
      context.setDefaultTimeout(10_000);
      try {
        const page = await context.newPage();
        const shot = (what) => look.shot(what, page);
        await writeRules(withChecks({ ...look, page, shot, scripts: false, width: 320 }), 'phone');
      } finally {
        await context.close();
      }
    },
  },
};
