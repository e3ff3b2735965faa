// The Module Settings of an OnApp product as staff meet them: lists live from the simulated control panel, packed fields
// taken apart by the module's script, and plain text wherever a list or the script is missing.

import assert from 'node:assert/strict';
import { join } from 'node:path';

const SLOTS = { 1: '', 2: '1', 3: '1024', 4: '0,1', 5: '1', 6: '1', 7: '50', 9: '1,0', 10: 'on,0', 11: '20,1', 18: '1' };
const USER = '{"role_ids":[2],"user_group":1,"time_zone":"Berlin","billing_plan":"1","note":"kept"}';

// One product in a server group, with the settings above, and the page where staff edit it.
async function product(site, group, slots = {}) {
  const panel = site.panels.onapp;
  const words = ['--name', `Cloud ${group}`, '--hostname', '127.0.0.1', '--port', new URL(panel.url).port, '--username', panel.user,
    '--password', panel.password];
  site.whmcs('server:add', ...words, ...(group ? ['--group', group] : []));
  const options = Object.entries({ ...SLOTS, 21: USER, ...slots }).flatMap(([slot, value]) => ['--option', `${slot}=${value}`]);
  const grouped = group ? ['--server-group', group] : [];
  const id = site.whmcs('product:add', '--module', 'onapp', '--name', `VM ${group}`, ...grouped, ...options);
  return { id, address: `${site.url}/admin/configproducts.php?action=edit&id=${id}` };
}

const stored = (site, id) => {
  const [row] = site.sql(`SELECT * FROM tblproducts WHERE id = ${id}`);
  const plain = (text) => text.replaceAll('&quot;', '"').replaceAll('&#039;', "'").replaceAll('&amp;', '&');
  return (slot) => plain(row[`configoption${slot}`]);
};

async function staff(site, browser, scripts = true) {
  const context = await browser.newContext({ javaScriptEnabled: scripts });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  await page.goto(site.login('adminid', 1));
  return page;
}

// Configurable options of a product, by type; their ids.
function options(site, id) {
  const add = (name, type) => JSON.parse(site.whmcs('option:add', '--product', id, '--group', `Group ${id}`, '--name', name, '--type', type, '--json')).id;
  return { memory: add('Memory <b>', 'dropdown'), system: add('System', 'radio'), backup: add('Backup', 'yesno'), ips: add('IPs', 'quantity') };
}

const set = (site, id, slots) => {
  const each = Object.entries(slots).map(([n, value]) => `configoption${n} = '${value.replaceAll('"', '&quot;')}'`);
  site.whmcs('sql', `UPDATE tblproducts SET ${each.join(', ')} WHERE id = ${id}`);
};

const slot = (page, n) => page.locator(`[name="packageconfigoption[${n}]"]`);
const values = async (select) => select.locator('option').evaluateAll((all) => all.map((one) => one.value));
const save = async (page) => {
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await page.getByText('Changes Saved Successfully').waitFor();
};
// A list that the script has asked for.
const filled = async (page, id) => {
  const select = page.locator(`[id="${id}"]`);
  await select.locator('option').nth(1).waitFor({ state: 'attached' });
  return select;
};

export const promises = (site, browser, outputs) => ({
  'staff choose templates, hypervisors and networks from the control panel, and what is stored is chosen': async () => {
    const { id, address } = await product(site, 'Live');
    const page = await staff(site, browser);
    await page.goto(address);
    assert.deepEqual((await values(slot(page, 2))).sort(), ['1', '2', '3']);
    assert.deepEqual(await values(slot(page, 4)), ['0,0', '0,1', '1,1', '2,1', '0,2', '3,2']);
    assert.deepEqual((await values(slot(page, 6))).sort(), ['1', '2'], 'the networks of zone 1');
    assert.equal(await slot(page, 4).inputValue(), '0,1');
    await page.screenshot({ path: join(outputs, 'onapp-settings.png'), fullPage: true });
    await slot(page, 2).selectOption('2');
    await slot(page, 4).selectOption('2,1');
    await save(page);
    const now = stored(site, id);
    assert.deepEqual([now(2), now(4), now(6), now(21)], ['2', '2,1', '1', USER]);
    await page.context().close();
  },

  'a server and configurable options are chosen by name, with a server group and without': async () => {
    for (const group of ['Named', '']) {
      const { id, address } = await product(site, group);
      const own = options(site, id);
      const server = site.sql('SELECT MAX(id) AS id FROM tblservers')[0].id;
      const page = await staff(site, browser);
      await page.goto(address);
      const chosen = async (n) => slot(page, n).locator('option:checked').textContent();
      assert.equal(await chosen(1), '(the server group decides)');
      assert.equal(await chosen(12), '(none)');
      assert.deepEqual(await values(slot(page, 12)), ['', own.memory, own.system, own.ips].map(String));
      assert.deepEqual(await values(slot(page, 19)), ['', own.memory, own.system].map(String), 'only what names one template');
      assert.equal(await slot(page, 17).getAttribute('type'), 'text');
      await slot(page, 1).selectOption(String(server));
      await slot(page, 12).selectOption({ label: `Memory (b) (${own.memory})` });
      await slot(page, 16).selectOption(String(own.ips));
      await slot(page, 19).selectOption(String(own.system));
      const adds = await filled(page, 'provisor-23-sec_net_configurable_option_id');
      assert.deepEqual(await values(adds), ['', own.memory, own.system, own.ips].map(String));
      await adds.selectOption({ label: `IPs (${own.ips})` });
      await page.screenshot({ path: join(outputs, `onapp-settings-names${group && '-group'}.png`), fullPage: true });
      await save(page);
      const now = stored(site, id);
      assert.deepEqual([1, 12, 13, 16, 19].map(now), [server, own.memory, '', own.ips, own.system].map(String));
      assert.equal(JSON.parse(now(23)).sec_net_configurable_option_id, String(own.ips));
      assert.match(await chosen(1), new RegExp(`^Cloud .*\\(${server}\\)$`));
      await slot(page, 1).selectOption('');
      await slot(page, 12).selectOption({ label: '0 (none)' });
      await save(page);
      assert.deepEqual([1, 12].map(stored(site, id)), ['', '0']);
      await page.context().close();
    }
  },

  'a setting of the old module, or of an option that is gone, is shown as it is stored and saved unchanged': async () => {
    const { id, address } = await product(site, 'Old');
    const own = options(site, id);
    const off = site.whmcs('server:add', '--name', 'Off', '--hostname', '127.0.0.1', '--username', 'u', '--password', 'p');
    site.whmcs('sql', `UPDATE tblservers SET disabled = 1 WHERE id = ${off}`);
    const second = (option) => `{"sec_net_ips":"2","sec_network_id":"2","sec_net_port_speed":"0","sec_net_configurable_option_id":"${option}"}`;
    const gone = { 1: off, 12: `${own.memory}`, 13: '0', 14: '', 15: '999', 16: '12 MB', 17: '77', 19: `${own.backup}`, 20: '012', 22: '0.0', 23: second('0') };
    const odd = { 1: '0', 12: '{"x":1}', 13: ' ', 14: '-1', 15: `${own.ips}.0`, 16: `${own.ips}`, 19: `${own.ips}`, 20: '1,2', 22: `${own.system}` };
    const none = { 1: '999', 12: '', 19: '', 23: second('999') };
    for (const [slots, scripts, mode] of [[gone, true, ''], [gone, false, ''], [odd, false, ''], [odd, false, '&mode=advanced'], [none, false, '']]) {
      set(site, id, slots);
      const before = JSON.stringify(site.sql(`SELECT * FROM tblproducts WHERE id = ${id}`));
      const page = await staff(site, browser, scripts);
      await page.goto(address + mode);
      for (const [n, value] of Object.entries(slots)) assert.equal(await slot(page, n).inputValue(), value, `slot ${n}`);
      if (scripts) {
        await filled(page, 'provisor-23-sec_net_configurable_option_id');
        await page.screenshot({ path: join(outputs, 'onapp-settings-stored.png'), fullPage: true });
      }
      await save(page);
      assert.equal(JSON.stringify(site.sql(`SELECT * FROM tblproducts WHERE id = ${id}`)), before, `${scripts} ${mode}`);
      await page.context().close();
    }
    // What staff change beside it leaves the option's 0, and one that is gone.
    for (const option of ['0', '999']) {
      set(site, id, { 1: '', 23: second(option) });
      const page = await staff(site, browser);
      await page.goto(address);
      await filled(page, 'provisor-23-sec_net_configurable_option_id');
      await page.locator('#provisor-23-sec_net_ips').fill('3');
      await page.locator('#provisor-23-sec_net_ips').blur();
      await save(page);
      assert.deepEqual(JSON.parse(stored(site, id)(23)), { ...JSON.parse(second(option)), sec_net_ips: '3' });
      await page.context().close();
    }
  },

  'packed settings are taken apart, put together again, and keep what staff did not touch': async () => {
    const { id, address } = await product(site, 'Packed', { 23: '{"sec_net_ips":"2","sec_network_id":"2","sec_net_port_speed":"10"}' });
    const page = await staff(site, browser);
    await page.goto(address);
    await (await filled(page, 'provisor-11-Data-store-zone')).selectOption('2');
    await page.locator('#provisor-9-GB').fill('4');
    await page.locator('#provisor-9-GB').blur();
    await page.locator('[id="provisor-10-Back-up-automatically"]').check();
    await (await filled(page, 'provisor-21-role_ids')).selectOption(['1', '2']);
    await (await filled(page, 'provisor-21-user_group')).selectOption('');
    assert.equal(await (await filled(page, 'provisor-21-time_zone')).inputValue(), 'Berlin');
    await (await filled(page, 'provisor-23-sec_network_id')).selectOption('1');
    await page.screenshot({ path: join(outputs, 'onapp-settings-packed.png'), fullPage: true });
    await save(page);
    const now = stored(site, id);
    assert.deepEqual([now(9), now(10), now(11)], ['4', 'on,on', '20,2']);
    assert.deepEqual(JSON.parse(now(21)), { role_ids: [1, 2], time_zone: 'Berlin', billing_plan: '1', note: 'kept' });
    assert.deepEqual(JSON.parse(now(23)), { sec_net_ips: '2', sec_network_id: '1', sec_net_port_speed: '10', sec_net_configurable_option_id: '' });
    await page.context().close();
  },

  'what is stored stays while the lists are still to come': async () => {
    const { id, address } = await product(site, 'Early');
    await site.panels.onapp.control('faults', [{ kind: 'delay', delay_ms: 1500, match: { path_contains: 'user_groups' } }]);
    site.whmcs('sql', 'DELETE FROM mod_provisor_onapp_lists');
    const page = await staff(site, browser);
    await page.goto(address);
    await (await filled(page, 'provisor-21-role_ids')).selectOption(['1', '2']);
    await save(page);
    assert.deepEqual(JSON.parse(stored(site, id)(21)), { ...JSON.parse(USER), role_ids: [1, 2] });
    await site.panels.onapp.is('well');
    await page.context().close();
  },

  'saving a product that nobody changed changes nothing, with scripts and without': async () => {
    const { id, address } = await product(site, 'Same', { 2: '1,2', 9: '1', 23: '' });
    const before = JSON.stringify(site.sql(`SELECT * FROM tblproducts WHERE id = ${id}`));
    for (const scripts of [true, false]) {
      const page = await staff(site, browser, scripts);
      for (const mode of ['', '&mode=advanced']) {
        await page.goto(address + mode);
        if (scripts) await filled(page, 'provisor-21-time_zone');
        await save(page);
        assert.equal(JSON.stringify(site.sql(`SELECT * FROM tblproducts WHERE id = ${id}`)), before, `${scripts} ${mode}`);
      }
      await page.context().close();
    }
  },

  'while the control panel is down the page comes at once, says why, and loses nothing': async () => {
    const { id, address } = await product(site, 'Down', { 2: '1,2' });
    const before = JSON.stringify(site.sql(`SELECT * FROM tblproducts WHERE id = ${id}`));
    for (const how of ['down', 'slow']) {
      await site.panels.onapp.is(how);
      site.whmcs('sql', 'DELETE FROM mod_provisor_onapp_lists');
      const page = await staff(site, browser);
      const began = Date.now();
      await page.goto(address);
      assert.ok(Date.now() - began < 5000, `${how}: ${Date.now() - began} ms`);
      assert.match(await slot(page, 2).locator('option').first().textContent(), /^1,2 \(as stored\) - OnApp/);
      await save(page);
      assert.equal(JSON.stringify(site.sql(`SELECT * FROM tblproducts WHERE id = ${id}`)), before, how);
      await page.context().close();
    }
    await site.panels.onapp.is('well');
  },

  'a product without a server group keeps plain text, because WHMCS would show no list': async () => {
    const { address } = await product(site, '', { 1: '1' });
    const page = await staff(site, browser, false);
    await page.goto(address);
    for (const n of [2, 4, 6, 9, 17, 21]) assert.equal(await slot(page, n).getAttribute('type'), 'text');
    await page.context().close();
  },

  'a text that cannot be taken apart stays as it is, and that is said': async () => {
    const { id, address } = await product(site, 'Broken', { 21: '{"role_ids":' });
    const page = await staff(site, browser);
    await page.goto(address);
    await page.getByText('The stored text cannot be taken apart').waitFor();
    await save(page);
    assert.equal(stored(site, id)(21), '{"role_ids":');
    await page.context().close();
  },

  'nobody but staff gets a list': async () => {
    const address = `${site.url}/modules/servers/onapp/lists.php`;
    const login = await fetch(site.login('uid', site.client), { redirect: 'manual' });
    const cookie = login.headers.getSetCookie().map((one) => one.split(';')[0]).pop();
    for (const [headers, list] of [{}, { cookie }].flatMap((one) => ['templates', 'options', 'servers'].map((list) => [one, list]))) {
      const answer = await fetch(address, { method: 'POST', body: new URLSearchParams({ list, group: '1', id: '1' }), headers });
      assert.equal(answer.status, 403);
      assert.deepEqual((await answer.json()).choices, []);
    }
  },
});
