// OnApp: a virtual machine that runs at the simulated control panel, and its pages.

import assert from 'node:assert/strict';

// The parts of the machine's pages that have an address of their own: its name, and what it says.
const PARTS = {
  disks: ['Disks', 'Size (GB)', 'Primary', 'Automatic backups'],
  backups: ['Backups', 'There are no backups yet'],
  cpu: ['CPU usage'],
  bandwidth: ['Bandwidth'],
  machines: ['Your virtual machines', 'vm1.example.test', 'Running'],
};

const part = (site, service, name) => `${site.page(service)}&modop=custom&a=${name}`;

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
  },
};
