// The kit's own module, which has one of everything (src/module/sample.rs).

export const sample = {
  name: 'sample',
  prepare(site) {
    const product = site.whmcs('product:add', '--module', 'sample', '--name', 'Sample', '--autosetup', 'order');
    const order = site.whmcs('order', '--client', site.client, '--product', product, '--domain', 'www.example.test', '--json');
    return String(JSON.parse(order).service);
  },
  how(site, how) {
    const word = { well: '', down: 'down', broken: 'broken' }[how];
    site.whmcs('sql', `UPDATE tblproducts SET configoption1 = '${word}' WHERE servertype = 'sample'`);
  },
  acted(site) {
    const made = site.sql("SELECT name FROM sqlite_master WHERE name = 'mod_provisor_services'");
    return made.length > 0 ? site.sql('SELECT * FROM mod_provisor_services') : [];
  },
  states: ['down', 'broken'],
  requests: () => [],
  texts: ['Sample server', 'www.example.test', '<b onclick="x()">&amp;\'"{$token}', 'There are no addresses.'],
  absent: ['secret panel', '192.0.2.1'],
  hidden: { label: 'Pass key', value: 'K7Q2-19XZ' },
  csv: { heading: 'Bandwidth', file: 'bandwidth.csv', start: '\uFEFFDay,In (GB),Out (GB)\r\n2026-01-01,10.5,6.5\r\n' },
  press: 'Reboot',
  busy: 'Another action is under way.',
  action: { label: 'Reboot', done: 'The server is restarting.', blocked: 'It was rebooted a moment ago; again in 5 minutes.' },
  form: {
    wrong: { Name: ' ', Rate: '1024', 'New password': 'hunter2' },
    errors: { Name: 'must be filled in', Rate: 'must be a whole number from 1025 to 9999' },
    right: { Name: 'Bob "B" O\'Neil', Rate: '9999' },
    submit: 'Save',
    done: 'Done.',
  },
  german: { has: 'Neu starten', lacks: 'Refresh' },
  remembered: '',
  refused: 'The server cannot be reached at the moment. Nothing was changed.',
  staff: { button: 'Wipe', told: 'wiped', row: 'Hostname' },
};
