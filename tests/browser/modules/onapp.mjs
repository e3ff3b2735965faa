// OnApp: a virtual machine that runs at the simulated control panel, and its pages.

import assert from 'node:assert/strict';
import { bothWays, checked, part, settled, text, worked } from '../travel.mjs';
import { journeys } from './onapp_pages.mjs';

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

// Two addresses are bought; one is given up and taken again.
async function exchangeAddress(look, how) {
  const { page, site, service } = look;
  await page.goto(part(site, service, 'addresses'));
  assert.ok(!(await text(page)).includes('Not assigned yet'), await text(page));
  await checked(look, `addresses-${how}`);
  await page.locator('.provisor-confirm summary', { hasText: 'Release' }).last().click();
  await checked(look, `addresses-${how}-sure`);
  await page.locator('.provisor-confirm[open] button').click();
  await worked(page, 'is released');
  assert.ok((await text(page)).includes('Not assigned yet: 1'), await text(page));
  await settled(site);
  await page.goto(part(site, service, 'addresses'));
  await page.getByRole('button', { name: 'Assign a further address', exact: true }).click();
  await worked(page, 'is assigned');
  await settled(site);
}

// A service without a machine gets one, with a name of the client's own, and loses it again.
async function makeAndDelete(look, how) {
  const { page, site, module } = look;
  const service = module.empty(site);
  await page.goto(site.page(service));
  await checked(look, `create-${how}`);
  const hostname = page.getByLabel('Hostname', { exact: true });
  await hostname.fill('<b>no name</b>');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  assert.equal(await page.getByLabel('Hostname', { exact: true }).getAttribute('aria-invalid'), 'true');
  assert.equal(await page.getByLabel('Hostname', { exact: true }).inputValue(), '<b>no name</b>');
  await checked(look, `create-${how}-errors`);
  await page.getByLabel('Hostname', { exact: true }).fill(`${how}.example.test`);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await worked(page, '');
  await settled(site);
  await page.goto(site.page(service));
  assert.ok((await text(page)).includes('Running'), await text(page));
  assert.ok((await page.locator('body').innerText()).includes(`${how}.example.test`), 'the product has the name');
  await page.locator('.provisor-confirm summary', { hasText: 'Switch off' }).click();
  await page.locator('.provisor-confirm[open] button').click();
  await worked(page, '');
  await settled(site);
  await page.goto(site.page(service));
  await page.locator('.provisor-confirm summary', { hasText: 'Delete' }).click();
  await checked(look, `delete-${how}-sure`);
  await page.locator('.provisor-confirm[open] button').click();
  await worked(page, '');
  await settled(site);
  await page.goto(site.page(service));
  assert.ok((await text(page)).includes('Create your virtual machine'), await text(page));
  assert.equal(site.sql(`SELECT domainstatus AS s FROM tblhosting WHERE id = ${service}`)[0].s, 'Active');
}

// The client chooses a template, and reads the password of the machine that is installed anew from it.
async function installAnew(look, how) {
  const { page, site, service } = look;
  await page.goto(site.page(service));
  await page.getByRole('button', { name: 'Install anew', exact: true }).click();
  assert.ok((await text(page)).includes('EVERYTHING'), await text(page));
  await checked(look, `rebuild-${how}`);
  await page.getByRole('button', { name: 'Install anew', exact: true }).click();
  assert.equal(await page.getByLabel('Template', { exact: true }).getAttribute('aria-invalid'), 'true');
  await checked(look, `rebuild-${how}-errors`);
  const template = how === 'desk' ? 'Ubuntu 22.04 x64' : 'Debian 12 x64';
  await page.getByLabel('Template', { exact: true }).selectOption({ label: template });
  await page.getByRole('button', { name: 'Install anew', exact: true }).click();
  await worked(page, 'is being installed anew');
  await checked(look, `rebuild-${how}-under-way`);
  await site.panels.onapp.control('clock', { advance_seconds: 900 });
  if (look.scripts === false) await page.getByRole('link', { name: 'Look again', exact: true }).click();
  // With scripts the page looks again by itself.
  await page.locator('.provisor', { hasText: template }).waitFor({ timeout: 40_000 });
  await page.locator('.provisor', { hasText: 'Running' }).waitFor({ timeout: 40_000 });
  const read = `echo decrypt(WHMCS\\Database\\Capsule::table('tblhosting')->where('id', ${service})->value('password'));`;
  const password = site.php(read).trim();
  assert.ok(password.length > 5 && !(await page.content()).includes(password), 'the page has no password');
  await page.getByRole('button', { name: 'Show the password', exact: true }).click();
  assert.equal(await page.locator('.provisor code').isVisible(), false);
  await page.locator('.provisor dd summary').click();
  assert.equal((await page.locator('.provisor code').innerText()).trim(), password);
  await checked(look, `password-${how}`);
  await page.getByRole('link', { name: 'Back to the product' }).click();
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
    this.product = product;
    const service = this.order(site, 'vm1.example.test');
    site.whmcs('module', '--service', service, '--action', 'create');
    return service;
  },
  order(site, domain) {
    const order = site.whmcs('order', '--client', site.client, '--product', this.product, '--domain', domain, '--json');
    return String(JSON.parse(order).service);
  },
  // A service without a machine and without a name.
  empty(site) {
    const service = this.order(site, 'none.example.test');
    site.whmcs('sql', `UPDATE tblhosting SET domainstatus = 'Active', domain = '' WHERE id = ${service}`);
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
    ...journeys,
    'firewall rules are written, ordered, deleted and applied, on a desk with scripts and on a phone without': async (look) => {
      await look.page.goto(part(look.site, look.service, 'firewall'));
      await bothWays(look, writeRules);
    },
    'an address is released and assigned again, on a desk with scripts and on a phone without': async (look) => {
      const { site } = look;
      site.whmcs('sql', "UPDATE tblproducts SET configoption18 = '2' WHERE servertype = 'onapp'");
      await settled(site);
      await look.page.goto(part(site, look.service, 'addresses'));
      if ((await text(look.page)).includes('Not assigned yet')) {
        await look.page.getByRole('button', { name: 'Assign a further address', exact: true }).click();
        await worked(look.page, 'is assigned');
        await settled(site);
      }
      await bothWays(look, exchangeAddress);
    },
    'a virtual machine is made, stopped and deleted, on a desk with scripts and on a phone without': async (look) => {
      // One address: a second one would have the network rebuilt in between.
      look.site.whmcs('sql', "UPDATE tblproducts SET configoption18 = '1' WHERE servertype = 'onapp'");
      await look.page.goto(look.site.page(look.service));
      await bothWays(look, makeAndDelete);
    },
    'a machine is installed anew from the template that is chosen, and its password is shown to who asks': async (look) => {
      look.site.whmcs('sql', "UPDATE tblproducts SET configoption2 = '1,2' WHERE servertype = 'onapp'");
      try {
        await look.page.goto(look.site.page(look.service));
        await bothWays(look, installAnew);
      } finally {
        look.site.whmcs('sql', "UPDATE tblproducts SET configoption2 = '1' WHERE servertype = 'onapp'");
        await settled(look.site);
      }
    },
    'the upgrade page says what is ordered and when the last backup was, and leads to WHMCS\'s page': async (look) => {
      const { page, site, service } = look;
      site.whmcs('sql', "UPDATE tblproducts SET configoptionsupgrade = 1 WHERE servertype = 'onapp'");
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 640 });
        await page.goto(site.page(service));
        await page.getByRole('link', { name: 'Upgrade', exact: true }).click();
        const said = await text(page);
        for (const words of ['Ordered now', '1024 MB', 'Please take a backup', 'Back up now']) {
          assert.ok(said.includes(words), `"${words}" is not in ${said}`);
        }
        await checked(look, `upgrade-${width}`);
      }
      const way = page.locator('.provisor a[href*="upgrade_options"]').first();
      assert.ok(await way.count() > 0 || (await page.content()).includes('upgrade_options'), await page.content());
    },
  },
};
