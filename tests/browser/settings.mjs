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
    for (const n of [2, 4, 6, 9, 21]) assert.equal(await slot(page, n).getAttribute('type'), 'text');
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
    const asked = { method: 'POST', body: new URLSearchParams({ list: 'templates', group: '1' }) };
    const address = `${site.url}/modules/servers/onapp/lists.php`;
    const login = await fetch(site.login('uid', site.client), { redirect: 'manual' });
    const cookie = login.headers.getSetCookie().map((one) => one.split(';')[0]).pop();
    for (const headers of [{}, { cookie }]) {
      const answer = await fetch(address, { ...asked, headers });
      assert.equal(answer.status, 403);
      assert.deepEqual((await answer.json()).choices, []);
    }
  },
});
