// Drives Debian's Chromium over the pages of every module in modules.mjs. Called by `run`, which builds what it needs.
//   run.mjs PART PROGRAM SIMULATOR OUTPUTS [words of a promise ...]
// PART: a theme, for the journeys with it, or `security`. Each part has its own site, so that they run side by side.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { applies, everywhere, once, withChecks } from './journeys.mjs';
import { modules } from './modules.mjs';
import { Panels } from './panels.mjs';
import { promises } from './security.mjs';
import { promises as ofSettings } from './settings.mjs';
import { Site } from './site.mjs';

const [part, program, simulator, outputs, ...words] = process.argv.slice(2);
mkdirSync(outputs, { recursive: true });
const sizes = { 320: 640, 1280: 900 };
let failed = 0;

const panels = await Panels.start(simulator);
const site = new Site(program, panels);
const services = new Map();
for (const module of modules) services.set(module, await module.prepare(site));
await site.serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--disable-gpu'] });

const first = await browser.newContext();
await (await first.newPage()).goto(site.login('uid', site.client));
const loggedIn = await first.storageState();
await first.close();

async function journey(name, travel, module, theme, scripts, width) {
  const promise = `${module.name}, ${theme}, scripts ${scripts ? 'on' : 'off'}, ${width} px: ${name}`;
  if (words.some((word) => !promise.includes(word)) || !applies(name, module)) return;
  site.forget();
  await module.ready?.(site);
  const context = await browser.newContext({ storageState: loggedIn, javaScriptEnabled: scripts, viewport: { width, height: sizes[width] } });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  // Nothing is loaded from anywhere else.
  page.on('request', (request) => request.url().startsWith(site.url) || request.url().startsWith('data:') || errors.push(`loads ${request.url()}`));
  // Of this page, or of another that the journey opened.
  const shot = (what, of = page) => {
    const file = `${module.name}-${theme}-${width}-${scripts ? 'scripts' : 'plain'}-${what}.png`;
    return of.screenshot({ path: join(outputs, file), fullPage: true });
  };
  try {
    await travel(withChecks({ page, site, module, theme, scripts, width, service: services.get(module), shot }));
    if (errors.length > 0) throw new Error(errors.join('\n'));
    console.log(`ok    ${promise}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${promise}\n      ${String(error.stack).replaceAll('\n', '\n      ')}`);
    await shot('failed').catch(() => {});
  } finally {
    await context.close();
  }
}

async function promised(promise, keep) {
  if (words.some((word) => !promise.includes(word))) return;
  try {
    await keep();
    console.log(`ok    ${promise}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${promise}\n      ${String(error.stack).replaceAll('\n', '\n      ')}`);
  }
}

try {
  if (part === 'security') await promised('every module that lists actions is driven here', () => {
    assert.deepEqual(site.listing(), modules.map((module) => module.name).sort());
  });
  const other = site.whmcs('client:add', '--email', 'mallory@example.test');
  for (const module of part === 'security' ? modules : []) {
    await promised(`${module.name}: the English language file has every text of the page, as the core says it`, () => {
      assert.equal(site.untranslated(module.name, services.get(module)), '');
    });
    const all = promises(site, module, services.get(module), other);
    for (const [promise, keep] of Object.entries(all)) await promised(promise, keep);
  }
  const settings = part === 'security' ? ofSettings(site, browser, outputs) : {};
  for (const [promise, keep] of Object.entries(settings)) await promised(`onapp: ${promise}`, keep);
  for (const theme of part === 'security' ? [] : [part]) {
    site.theme(theme);
    for (const module of modules) {
      for (const [name, travel] of Object.entries(everywhere)) {
        for (const [scripts, width] of [[true, 1280], [false, 320]]) await journey(name, travel, module, theme, scripts, width);
      }
      // A phone's width with scripts too, where the accessibility is measured.
      const [[name, travel]] = Object.entries(everywhere);
      await journey(name, travel, module, theme, true, 320);
      for (const [name, travel] of Object.entries(once)) await journey(name, travel, module, theme, true, 1280);
      for (const [name, travel] of Object.entries(module.journeys ?? {})) await journey(name, travel, module, theme, true, 1280);
    }
  }
} finally {
  await browser.close();
  site.close();
  panels.close();
}
process.exit(failed === 0 ? 0 : 1);
