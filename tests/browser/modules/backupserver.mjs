// Backup Server: a customer of the simulated Backup Server, with its pass key and the storage that it uses.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const READS = ['getUsage', 'getPassKey', 'check'];
const NAME = 'Ada Lovelace';

export const backupserver = {
  name: 'backupserver',
  async prepare(site) {
    const backup = site.panels.backup;
    const paths = { update: '/interface/whmcs/update.php', usage: '/interface/whmcs/usage.php' };
    writeFileSync(join(site.root, 'modules/servers/backupserver/config.json'), JSON.stringify({ contract: { paths } }));
    site.whmcs('field:add', '--for', 'client', '--name', 'Pass Key');
    const slots = { 1: 'http', 2: '127.0.0.1', 3: new URL(backup.url).port, 4: 'admin', 5: backup.password, 6: 'Signup Customer',
      8: 'on', 9: 'on', 10: '536870912000', 14: 'on', 16: 'Global Configuration', 23: 'on' };
    const options = Object.entries(slots).flatMap(([slot, value]) => ['--option', `${slot}=${value}`]);
    const product = site.whmcs('product:add', '--module', 'backupserver', '--name', 'Backup', '--type', 'other', '--autosetup', '', ...options);
    const order = site.whmcs('order', '--client', site.client, '--product', product, '--domain', '', '--json');
    const service = String(JSON.parse(order).service);
    site.whmcs('module', '--service', service, '--action', 'create');
    const made = (await backup.state()).accounts.find((account) => account.name === NAME);
    assert.ok(made, 'the customer was made');
    backupserver.hidden.value = made.pass_key;
    await backup.control('account', { kind: 'customer', name: NAME, action: 'change', storage_used: 134_217_728_000 });
    return service;
  },
  how: (site, how) => site.panels.backup.is(how),
  states: ['down', 'slow'],
  async requests(site) {
    const asked = await site.panels.backup.requests();
    return asked.map((request) => ({ ...request, reads: READS.includes(request.action) }));
  },
  async acted(site) {
    const rows = site.sql('SELECT owner_id, name, state, pass_key_at FROM mod_provisor_backup_accounts');
    const fields = site.sql('SELECT * FROM tblcustomfieldsvalues');
    return [rows, fields, (await site.panels.backup.state()).accounts];
  },
  texts: ['Online backup', NAME, 'Customer', 'Active', '500 GiB', '125 GiB (25%)', 'Web console', 'Show pass key'],
  absent: ['storegrid', 'backupserver.', 'NaN', 'undefined'],
  hidden: { label: 'Pass key', value: '', press: 'Show pass key' },
  press: 'Show pass key',
  german: { has: 'Pass Key anzeigen', lacks: NAME },
  remembered: 'The backup server does not answer at the moment. These figures are as of',
  refused: 'This could not be done at the moment. Please try again later, or ask the support.',
  staff: { button: 'Test Connection', told: 'The Backup Server\'s console is reachable.', row: 'Pass key in e-mails' },
  journeys: {
    'the console is a link, and the pass key is nowhere before it is asked for': async ({ page, site, service }) => {
      await page.goto(site.page(service));
      const link = page.locator('.provisor dd a');
      assert.equal(await link.getAttribute('href'), `${site.panels.backup.url}/`);
      assert.ok((await link.getAttribute('rel')).includes('noreferrer'));
      assert.ok(!(await page.content()).includes(backupserver.hidden.value));
    },
    'staff fetch the pass key into the client\'s field again': async ({ page, site, service, shot }) => {
      site.whmcs('sql', 'DELETE FROM tblcustomfieldsvalues');
      await page.context().clearCookies();
      await page.goto(site.login('adminid', 1));
      await page.goto(`${site.url}/admin/clientsservices.php?id=${service}`);
      await page.getByRole('button', { name: 'Refresh Pass Key', exact: true }).click();
      assert.equal(await page.locator('#modresult').innerText(), 'success');
      const text = await page.locator('body').innerText();
      assert.ok(text.includes('The pass key is in the client\'s field "Pass Key".'), text);
      assert.ok(text.includes('{$client_custom_fields.0}'), text);
      assert.deepEqual(site.sql('SELECT value FROM tblcustomfieldsvalues'), [{ value: backupserver.hidden.value }]);
      await shot('staff-refreshed');
    },
  },
};
