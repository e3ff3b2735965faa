// Decision 6 from the browser's side, generated from each module's list of actions: another client, a missing or wrong
// token, a link instead of a button, a service that is not active, a client for an action of staff. Each is refused by
// WHMCS or by the core, nothing is called at the panel and nothing is written. The module log tells what the core was
// asked.

import assert from 'node:assert/strict';

// A logged-in browser without a browser: a cookie, and the token of its session.
class Visitor {
  static async of(site, client) {
    const visitor = new Visitor();
    visitor.site = site;
    const login = await fetch(site.login('uid', client), { redirect: 'manual' });
    visitor.cookie = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).pop();
    // From a page that runs no module.
    const home = await fetch(`${site.url}/clientarea.php`, { headers: { cookie: visitor.cookie } });
    visitor.token = /csrfToken = '(\w+)'/.exec(await home.text())[1];
    return visitor;
  }

  async get(service, query) {
    const url = `${this.site.page(service)}&${new URLSearchParams(query)}`;
    return (await fetch(url, { headers: { cookie: this.cookie ?? '' }, redirect: 'manual' })).text();
  }

  async post(service, fields) {
    const request = { method: 'POST', headers: { cookie: this.cookie ?? '' }, body: new URLSearchParams(fields), redirect: 'manual' };
    return (await fetch(this.site.page(service), request)).text();
  }
}

// What must not change, whoever was refused. (After a refusal the page is shown again, and a page may keep what it read;
// that the refused action itself writes nothing shows tests/actions.rs.)
const traces = async (site, module) => JSON.stringify(await module.acted(site));

// Runs an attempt; the core refused it with this code, or was never asked (''). The panel is not asked anything; only an
// owner, who is shown the page after a refusal, makes it read.
async function refused(site, module, job, code, attempt, owner = false) {
  const before = await traces(site, module);
  const asked = (await module.requests(site)).length;
  const from = site.lastLog();
  await attempt();
  const answers = site.logged(job, from);
  if (code === '') assert.deepEqual(answers, [], `${job} was asked`);
  else {
    assert.ok(answers.length > 0, `${job} was not asked`);
    for (const answer of answers) assert.ok(answer.includes(`(${module.name}.${code})`), `${job}: ${answer}`);
  }
  const requests = (await module.requests(site)).slice(asked).filter((request) => !(owner && request.reads));
  assert.deepEqual(requests, [], `${job} asked the panel`);
  assert.equal(await traces(site, module), before, `${job} left a trace`);
}

// The promises of one module, by name.
export function promises(site, module, service, other) {
  const all = {};
  for (const { name, client, changes, active } of site.actions(module.name)) {
    const job = `${module.name}.${name}`;
    const fields = { modop: 'custom', a: name };
    const attempt = (code, what, owner = false) => () => refused(site, module, job, code, what, owner);
    const owner = () => Visitor.of(site, site.client);
    if (!client) {
      all[`${job} is not for clients`] = attempt('', async () => {
        const visitor = await owner();
        await visitor.post(service, { ...fields, token: visitor.token });
      }, true);
      all[`${job} is refused by the core, should WHMCS ever let a client through`] = attempt('not_for_clients', async () =>
        site.callAsClient(module.name, name, service));
      continue;
    }
    all[`${job} is not for another client`] = attempt('', async () => {
      const visitor = await Visitor.of(site, other);
      await visitor.post(service, { ...fields, token: visitor.token });
      await visitor.get(service, fields);
    });
    all[`${job} is refused by the core, should WHMCS ever let another client through`] = attempt('not_yours', async () =>
      site.callAsClient(module.name, name, service, other));
    all[`${job} is not for strangers`] = attempt('', async () => {
      const visitor = new Visitor();
      visitor.site = site;
      await visitor.post(service, fields);
      await visitor.get(service, fields);
    });
    if (changes) {
      all[`${job} needs the token`] = attempt('', async () => {
        const visitor = await owner();
        await visitor.post(service, fields);
        await visitor.post(service, { ...fields, token: 'x'.repeat(visitor.token.length) });
      }, true);
      all[`${job} is no link, even with the token`] = attempt('not_post', async () => {
        const visitor = await owner();
        await visitor.get(service, { ...fields, token: visitor.token });
      }, true);
    }
    if (active) {
      all[`${job} needs an active service`] = async () => {
        const visitor = await owner();
        site.status(service, 'Suspended');
        try {
          await refused(site, module, job, 'not_active', () => visitor.post(service, { ...fields, token: visitor.token }), true);
        } finally {
          site.status(service, 'Active');
        }
      };
    }
  }
  return all;
}
