// SingleHop: server 100042 of the simulated LEAP on one service of the client, and a second service that waits for its own.

import assert from 'node:assert/strict';

const READS = ['list', 'view', 'network', 'bandwidth', 'tandem_list'];
const DAY = 86_400;

// The first day of last month, in UTC as the stand-in's pages count: the simulated server receives 12 000 bytes a second and
// sends 60 000.
function firstRow() {
  const now = new Date();
  const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)).toISOString().slice(0, 10);
  return `${day},${12_000 * DAY},${60_000 * DAY},${72_000 * DAY}\r\n`;
}

// Staff at the service's page.
async function staff({ page, site }, service) {
  await page.context().clearCookies();
  await page.goto(site.login('adminid', 1));
  await page.goto(`${site.url}/admin/clientsservices.php?id=${service}`);
  return page.getByLabel('SingleHop Servers List', { exact: true });
}

const save = (page) => page.getByRole('button', { name: 'Save Changes', exact: true }).click();

const beside = async (page, list) => {
  const ids = ((await list.getAttribute('aria-describedby')) ?? '').split(' ').filter(Boolean);
  return (await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).innerText()))).join('\n');
};

export const singlehop = {
  name: 'singlehop',
  prepare(site) {
    const leap = site.panels.leap;
    const slots = [leap.user, leap.password, leap.tandem_user, leap.tandem_password, leap.api_key, 'leap3', leap.url,
      'endpoint', 'unassign', 'on', 'bytes'];
    const options = slots.flatMap((value, n) => ['--option', `${n + 1}=${value}`]);
    const product = site.whmcs('product:add', '--module', 'singlehop', '--name', 'Dedicated server', '--autosetup', '', ...options);
    const order = () => String(JSON.parse(site.whmcs('order', '--client', site.client, '--product', product, '--domain', '', '--json')).service);
    const [service, second] = [order(), order()];
    site.second = second;
    site.tab('singlehop', service, { server: '100042' });
    // It has had the server for longer than both months.
    site.whmcs('sql', 'UPDATE mod_provisor_singlehop SET assigned_at = NULL');
    site.whmcs('module', '--service', service, '--action', 'create');
    return service;
  },
  how: (site, how) => site.panels.leap.is(how),
  states: ['down', 'slow'],
  async requests(site) {
    const asked = await site.panels.leap.requests();
    return asked.map((request) => ({ ...request, reads: READS.includes(request.operation) }));
  },
  async acted(site) {
    const rows = site.sql('SELECT * FROM mod_provisor_singlehop ORDER BY service_id');
    const { servers, tandem_users, cancellations } = await site.panels.leap.state();
    const done = Object.values(servers).map(({ traffic, bytes, bytes_by_day, days, ...server }) => server);
    return [rows, done, tandem_users, cancellations];
  },
  texts: ['Your server', 'web1.example.com', 'Online', '192.0.2.10, 192.0.2.11', 'This month', 'Last month', 'Bandwidth by day', 'Restart the server'],
  absent: ['singlehop', 'leap', 'tandem', 'dropzone', 'reseller1', '100042', 'API Error', 'NaN', 'undefined'],
  csv: { heading: 'Bandwidth by day', file: 'bandwidth-SERVICE.csv', get start() {
    return `\uFEFFDay,Received (bytes),Sent (bytes),Total (bytes)\r\n${firstRow()}`;
  } },
  press: 'Restart the server',
  busy: 'Another action is under way.',
  action: { label: 'Restart the server', done: 'The server is being restarted.', blocked: 'It was restarted a moment ago, and can be again in' },
  german: { has: 'Server neu starten', lacks: 'web1.example.com' },
  remembered: 'The server\'s details cannot be read at the moment.',
  refused: 'The server may have been restarted: no answer came. Please see whether it was, before you restart it again.',
  staff: { button: 'Check Connection', told: 'OK, 3 servers visible.', row: 'SingleHop Servers List' },
  journeys: {
    'staff select a server: the list, what is saved, and why another is refused': async (look) => {
      const { page, site } = look;
      let list = await staff(look, site.second);
      await look.shot('staff-list');
      assert.deepEqual(await list.locator('option').allInnerTexts(), ['None', 'db1.example.com (000017, online)',
        'vm1.example.com (000201, online)', 'web1.example.com (100042, online)']);
      await list.selectOption('100042');
      await save(page);
      const told = await page.locator('.fieldarea .alert-danger').innerText();
      assert.ok(told.includes(`belongs to service`), told);
      await look.shot('staff-taken');
      list = page.getByLabel('SingleHop Servers List', { exact: true });
      assert.equal(await list.inputValue(), '');
      await list.selectOption('000017');
      await save(page);
      assert.equal(await page.locator('.fieldarea .alert-success').innerText(), 'Server db1.example.com (000017) is selected.');
      assert.equal(await page.getByLabel('SingleHop Servers List', { exact: true }).inputValue(), '000017');
      assert.deepEqual(site.sql(`SELECT domain, username, dedicatedip FROM tblhosting WHERE id = ${site.second}`),
        [{ domain: 'db1.example.com', username: 'root', dedicatedip: '192.0.2.20' }]);
      await look.shot('staff-saved');
      await page.getByLabel('SingleHop Servers List', { exact: true }).selectOption('');
      await save(page);
    },
    'staff read beside the list why it cannot be read, and what an empty one means': async (look) => {
      const { page, site, service } = look;
      const { leap } = site.panels;
      try {
        await leap.control('mode', { denial: 'body', tandem_login: false });
        let list = await staff(look, service);
        assert.equal(await list.getAttribute('aria-invalid'), 'true');
        assert.ok((await beside(page, list)).startsWith('API Error: Authentication Error'));
        // The selected server stays.
        assert.equal(await list.inputValue(), '100042');
        await look.shot('staff-error');
        await leap.control('mode', { reset: true });
        await leap.control('mode', { list: 'empty' });
        await page.goto(`${site.url}/admin/clientsservices.php?id=${site.second}`);
        list = page.getByLabel('SingleHop Servers List', { exact: true });
        const said = await beside(page, list);
        assert.ok(said.includes('Add Server Permissions') && said.includes('Apply Permissions'), said);
        await look.shot('staff-empty');
      } finally {
        await leap.control('mode', { reset: true });
      }
    },
  },
};
