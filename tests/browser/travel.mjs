// What the journeys of a module's own pages share.

import { withChecks } from './journeys.mjs';

// A page of the service that has an address of its own.
export const part = (site, service, name) => `${site.page(service)}&modop=custom&a=${name}`;

// The same on a desk with scripts and on a phone without them.
export async function bothWays(look, travel) {
  await travel(look, 'desk');
  await look.page.setViewportSize({ width: 320, height: 640 });
  await look.page.reload();
  await look.fits();
  await look.accessible();
  const context = await look.page.context().browser().newContext({
    storageState: await look.page.context().storageState(), javaScriptEnabled: false, viewport: { width: 320, height: 640 },
  });
  context.setDefaultTimeout(30_000);
  try {
    const page = await context.newPage();
    const shot = (what) => look.shot(what, page);
    await travel(withChecks({ ...look, page, shot, scripts: false, width: 320 }), 'phone');
  } finally {
    await context.close();
  }
}

export const worked = (page, text) => page.locator('.provisor .alert-success', { hasText: text }).waitFor();
export const text = (page) => page.locator('.provisor').innerText();

export async function checked({ page, neverSaid, fits, accessible, shot }, name) {
  neverSaid(await page.content());
  await fits();
  await accessible();
  await shot(name);
}

// What was asked for is done at the panel, and seen by the next cron.
export async function settled(site, seconds = 300) {
  await site.panels.onapp.control('clock', { advance_seconds: seconds });
  site.php("Provisor\\Job::run('onapp.settle', []);");
}

// Presses what asks first, and says yes.
export async function sure(look, label, name) {
  await look.page.locator('.provisor-confirm summary', { hasText: label }).first().click();
  if (name) await checked(look, name);
  await look.page.locator('.provisor-confirm[open] button').click();
}
