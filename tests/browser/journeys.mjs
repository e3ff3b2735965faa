// What people do on a module's pages. Each journey's name is a promise; it fails by throwing.

import assert from 'node:assert/strict';
import { readFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const shown = async (page) => page.locator('.provisor').innerText();

// No serious or critical finding in our part of the page.
async function accessible(look) {
  if (!look.scripts) return;
  await look.page.evaluate(axe);
  const found = await look.page.evaluate(() => window.axe.run('.provisor', { resultTypes: ['violations'] }));
  const bad = found.violations.filter((v) => ['serious', 'critical'].includes(v.impact));
  assert.deepEqual(bad.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`), []);
}

// Nothing is cut off at the side.
async function fits(page) {
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= room, `${wide} px wide in ${room} px`);
}

// No word of a table is broken over two lines: a table that is too wide is moved sideways.
async function unbroken(page) {
  const broken = await page.evaluate(() => [...document.querySelectorAll('.provisor th, .provisor td')].filter((cell) => {
    if (cell.firstElementChild?.matches('.sr-only')) return false;
    const range = document.createRange();
    range.selectNodeContents(cell);
    return /^\S+$/.test(cell.innerText.trim()) && new Set([...range.getClientRects()].map((line) => line.top)).size > 1;
  }).map((cell) => cell.innerText));
  assert.deepEqual(broken, []);
}

// In no spelling, and not in the page's source either.
function neverSaid(module, html) {
  const said = html.toLowerCase();
  for (const text of module.absent) assert.ok(!said.includes(text.toLowerCase()), `the page says "${text}"`);
}

// For a module's own journeys: the checks that every page passes.
export const withChecks = (look) => ({
  ...look,
  fits: () => fits(look.page),
  accessible: () => accessible(look),
  neverSaid: (html) => neverSaid(look.module, html),
});

// Presses a button as a person does: one that asks first is answered.
async function press(page, label) {
  const question = page.locator('.provisor-confirm summary', { hasText: label });
  if (await question.count() > 0) {
    await question.click();
    await page.locator('.provisor-confirm[open] button').click();
  } else {
    await page.getByRole('button', { name: label, exact: true }).click();
  }
}

async function open({ page, site, service, module }) {
  await page.goto(site.page(service));
  neverSaid(module, await page.content());
}

// Presses Tab until what is wanted has the focus, as somebody without a mouse.
async function tabTo(page, wanted) {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail('the keyboard does not get there');
}

// With every theme, with scripts and without, on a phone and on a desk.
export const everywhere = {
  'the page shows what its model says, escaped, in any width': async (look) => {
    const { page, module } = look;
    await open(look);
    const text = await shown(page);
    for (const part of module.texts) assert.ok(text.includes(part), `"${part}" is not in ${text}`);
    await fits(page);
    await unbroken(page);
    await accessible(look);
    await look.shot('page');
  },
  'a hidden value shows when it is asked for, by keyboard': async (look) => {
    const { page, module } = look;
    await open(look);
    if (module.hidden.press) {
      await tabTo(page, page.getByRole('button', { name: module.hidden.press, exact: true }));
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'Back to the product' }).waitFor();
    }
    const value = page.locator('.provisor code', { hasText: module.hidden.value });
    assert.equal(await value.isVisible(), false);
    await tabTo(page, page.locator('.provisor dd summary').first());
    await page.keyboard.press('Enter');
    assert.equal(await value.isVisible(), true);
    await fits(page);
    await accessible(look);
    await look.shot('shown');
  },
  'a chart has its numbers as a table, and a file to take away': async (look) => {
    const { page, module } = look;
    await open(look);
    const section = page.locator('.provisor-section', { hasText: module.csv.heading }).first();
    assert.equal(await section.locator('[role=img] > svg[aria-hidden=true]').count(), 1);
    await section.locator('summary').click();
    assert.ok(await section.locator('table').isVisible());
    assert.ok(await section.locator('.provisor-about').isVisible());
    // A date stands in one line.
    const broken = await section.locator('tbody td:first-child').evaluateAll((cells) => cells.filter((cell) => {
      const text = document.createRange();
      text.selectNodeContents(cell);
      return text.getClientRects().length > 1;
    }).length);
    assert.equal(broken, 0, `${broken} cells of the first column break`);
    await fits(page);
    await accessible(look);
    await look.shot('table');
    const coming = page.waitForEvent('download');
    await section.locator('a').click();
    const file = await coming;
    assert.equal(file.suggestedFilename(), module.csv.file.replace('SERVICE', look.service));
    const text = readFileSync(await file.path(), 'utf8');
    assert.equal(text.slice(0, module.csv.start.length), module.csv.start);
    neverSaid(module, text);
  },
  'all errors of a form stand beside their fields at once, and what was sent is kept': async (look) => {
    const { page, module } = look;
    await open(look);
    for (const [label, value] of Object.entries(module.form.wrong)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole('button', { name: module.form.submit, exact: true }).click();
    for (const [label, error] of Object.entries(module.form.errors)) {
      const field = page.getByLabel(label, { exact: true });
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      const ids = (await field.getAttribute('aria-describedby')).split(' ');
      const said = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).innerText()));
      assert.ok(said.includes(error), `${label}: ${said}`);
      assert.equal(await field.inputValue(), module.form.wrong[label]);
    }
    for (const password of await page.locator('.provisor input[type=password]').all()) {
      assert.equal(await password.inputValue(), '');
    }
    await fits(page);
    await accessible(look);
    await look.shot('errors');
    for (const [label, value] of Object.entries(module.form.right)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole('button', { name: module.form.submit, exact: true }).click();
    assert.equal(await page.locator('.provisor [role=status]').innerText(), module.form.done);
    neverSaid(module, await page.content());
  },
  'an action asks first, is done by keyboard, and says so': async (look) => {
    const { page, module } = look;
    await open(look);
    const question = page.locator('.provisor-confirm summary', { hasText: module.action.label });
    await tabTo(page, question);
    await page.keyboard.press('Enter');
    await fits(page);
    await accessible(look);
    await look.shot('question');
    await tabTo(page, page.locator('.provisor-confirm[open] button'));
    await page.keyboard.press('Enter');
    await page.locator('.provisor .alert-success').waitFor();
    assert.equal(await page.locator('.provisor .alert-success').innerText(), module.action.done);
    if (module.action.blocked) {
      const button = page.getByRole('button', { name: module.action.label, exact: true });
      assert.equal(await button.isDisabled(), true);
      assert.ok((await shown(page)).includes(module.action.blocked), await shown(page));
    }
    await fits(page);
    await accessible(look);
    await look.shot('done');
    await page.getByRole('link', { name: 'Back to the product' }).click();
    assert.equal(new URL(page.url()).searchParams.get('modop'), null);
  },
};

// With every theme, once.
export const once = {
  'the reader\'s language is used, and English where it has no text': async (look) => {
    const { page, site, module } = look;
    site.whmcs('setting', '--set', 'Language=german');
    try {
      await open(look);
      const text = await shown(page);
      assert.ok(text.includes(module.german.has) && text.includes(module.german.lacks), text);
      await look.shot('german');
    } finally {
      site.whmcs('setting', '--set', 'Language=english');
    }
  },
  'a panel that is down leaves the last known values, and an action says so in the client\'s words': async (look) => {
    const { page, site, module } = look;
    await open(look);
    await module.how(site, 'down');
    try {
      await open(look);
      const notice = page.locator('.provisor .alert').first();
      assert.ok((await notice.innerText()).startsWith(module.remembered), await shown(page));
      for (const part of module.texts) assert.ok((await shown(page)).includes(part), `"${part}" is remembered`);
      await accessible(look);
      await look.shot('last-known');
      if (!module.press) return;
      await press(page, module.press);
      assert.equal(await page.locator('.provisor .alert-danger').innerText(), module.refused);
      neverSaid(module, await page.content());
      await accessible(look);
      await look.shot('refused');
    } finally {
      await module.how(site, 'well');
    }
  },
  'a slow panel does not keep the page waiting': async (look) => {
    const { page, site, module } = look;
    await open(look);
    await module.how(site, 'slow');
    try {
      const since = Date.now();
      await open(look);
      const waited = Date.now() - since;
      assert.ok(waited < 6000, `${waited} ms`);
      assert.ok((await shown(page)).includes(module.remembered), await shown(page));
    } finally {
      await module.how(site, 'well');
    }
  },
  'a page that cannot be had says so, and nothing of why': async (look) => {
    const { page, site, module } = look;
    await module.how(site, 'broken');
    try {
      await open(look);
      assert.ok((await shown(page)).includes('cannot be shown at the moment'));
      await accessible(look);
    } finally {
      await module.how(site, 'well');
    }
  },
  'while another action runs, a second one changes nothing and says so': async (look) => {
    const { page, site, module, service } = look;
    const until = new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '');
    await open(look);
    const columns = 'module, service_id, state, claim_holder, claim_job, claim_since, claim_until, rev, last_op';
    const now = new Date().toISOString().replace(/\.\d+/, '');
    site.forget();
    site.whmcs('sql', `INSERT INTO mod_provisor_services (${columns}) VALUES ('${module.name}', ${service}, 'ready', 'other', 'reboot', '${now}', '${until}', 1, 'x')`);
    const before = JSON.stringify(await module.acted(site));
    await page.reload();
    assert.equal(await page.locator('.provisor .alert-warning').innerText(), module.busy);
    await press(page, module.press);
    assert.ok((await page.locator('.provisor .alert-danger').innerText()).startsWith('Another action is under way.'));
    assert.equal(JSON.stringify(await module.acted(site)), before);
    await look.shot('busy');
  },
  'a theme may have its own of any part': async (look) => {
    const { page, site, module, theme } = look;
    const folder = join(site.root, 'templates', theme, module.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'facts.tpl'), '<p>Facts of {$provisor.page.title|escape}, the theme\'s own way</p>');
    try {
      await open(look);
      assert.ok((await shown(page)).includes('the theme\'s own way'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  'staff see the page\'s facts in the service\'s tab, and are told what a save did': async (look) => {
    const { page, site, module, service } = look;
    await page.context().clearCookies();
    await page.goto(site.login('adminid', 1));
    await page.goto(`${site.url}/admin/clientsservices.php?id=${service}`);
    const text = await page.locator('body').innerText();
    assert.ok(text.includes(module.staff.row), text);
    await page.getByRole('button', { name: module.staff.button, exact: true }).click();
    assert.equal(await page.locator('#modresult').innerText(), 'success');
    assert.ok((await page.locator('body').innerText()).includes(module.staff.told));
    await look.shot('staff');
  },
};

// Which journeys a module has no use for: what it lacks, by a word of the journey's name.
const lacks = [
  ['a hidden value', (module) => !module.hidden],
  ['a chart has', (module) => !module.csv],
  ['all errors of a form', (module) => !module.form],
  ['an action asks first', (module) => !module.action],
  ['a slow panel', (module) => !module.states.includes('slow')],
  ['a page that cannot be had', (module) => !module.states.includes('broken')],
  ['while another action runs', (module) => !module.busy],
  ['staff see the page', (module) => !module.staff],
];

export const applies = (name, module) => !lacks.some(([words, none]) => name.startsWith(words) && none(module));
