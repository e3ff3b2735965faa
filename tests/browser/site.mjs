// A WHMCS root of the stand-in with our files, served over HTTP; and what staff do at its command line.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '..', '..');

export class Site {
  // program: a `provisor` with the feature sample-module; panels: see panels.mjs
  constructor(program, panels) {
    this.panels = panels;
    this.root = mkdtempSync(join(tmpdir(), 'provisor-browser-'));
    chmodSync(this.root, 0o755);
    this.whmcs('install', '--modules', join(repository, 'php'), '--db', 'sqlite');
    this.whmcs('modules:copy', '--modules', join(here, 'site'));
    const machine = { x64: 'x86_64', arm64: 'aarch64' }[arch()] ?? arch();
    const lib = join(this.root, 'includes/provisor/lib', `linux-${machine}`);
    rmSync(lib, { recursive: true, force: true });
    mkdirSync(lib, { recursive: true });
    copyFileSync(program, join(lib, 'provisor'));
    chmodSync(join(lib, 'provisor'), 0o755);
    // The real style sheets of the themes' Bootstrap. A theme chooses its blue; Bootstrap 4's own is too light for
    // white text.
    const blue = '.btn-primary, .nav-pills .nav-link.active { background-color: #23689b; } a { color: #23689b; }';
    for (const [theme, version] of [['six', 'bootstrap3'], ['twenty-one', 'bootstrap4']]) {
      const file = join(this.root, 'templates', theme, 'css/theme.css');
      const bootstrap = readFileSync(join(here, 'node_modules', version, 'dist/css/bootstrap.min.css'), 'utf8');
      writeFileSync(file, bootstrap + '\n.header .container { display: flex; flex-wrap: wrap; gap: 0 1rem; }\n' + blue);
    }
    this.whmcs('setting', '--set', 'ModuleDebugMode=on');
    this.client = this.whmcs('client:add', '--email', 'ada@example.test', '--first', 'Ada', '--last', 'Lovelace');
  }

  whmcs(command, ...words) {
    const program = join(repository, 'tests/whmcs/whmcs');
    return execFileSync('php', [program, command, '--root', this.root, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trimEnd();
  }

  theme(name) {
    this.whmcs('setting', '--set', `Template=${name}`);
  }

  // What the core keeps about services is forgotten, as if it had never run.
  forget() {
    this.php(`foreach (['mod_provisor_services', 'mod_provisor_singlehop_seen'] as $table) {
        $rows = WHMCS\\Database\\Capsule::table($table);
        // A machine is not found again from the panel alone.
        $table === 'mod_provisor_services' && $rows->where('module', '!=', 'onapp');
        WHMCS\\Database\\Capsule::schema()->hasTable($table) && $rows->delete();
      }`);
  }

  async serve() {
    this.server = spawn('php', [join(repository, 'tests/whmcs/whmcs'), 'serve', '--root', this.root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.url = '';
    for await (const line of createInterface({ input: this.server.stdout })) {
      this.url ||= line.replace(/\/$/, '');
      if (line.startsWith('Ctrl-C')) return;
    }
    throw new Error('the site ended before it served');
  }

  // An address that logs in once: 'uid' for the client, 'adminid' for staff.
  login(kind, id) {
    return `${this.url}/dologin.php?once=${this.php(`echo StandIn\\Pages\\Session::oneTime('${kind}', ${id});`)}`;
  }

  // Runs PHP inside WHMCS.
  php(code) {
    const before = `$_SESSION = []; chdir('${this.root}'); require '${this.root}/init.php'; require_once 'includes/provisor/load.php';`;
    return execFileSync('php', ['-r', before + code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  sql(statement) {
    return JSON.parse(this.whmcs('sql', statement, '--json'));
  }

  // The modules that list actions.
  listing() {
    const code = `foreach (array_map('basename', glob('modules/servers/*', GLOB_ONLYDIR)) as $module) {
        try { Provisor\\Job::run("$module.actions", []); echo "$module\\n"; } catch (Provisor\\JobFailed) {} }`;
    return this.php(code).split('\n').filter(Boolean);
  }

  actions(module) {
    return JSON.parse(this.php(`echo json_encode(Provisor\\Job::run('${module}.actions', [])['actions']);`));
  }

  // The texts of a page that the English language files lack or have otherwise than the core.
  untranslated(module, service) {
    return this.php(`$params = StandIn\\Modules\\Params::forService(${service});
      $_SESSION['uid'] = ${this.client};
      $report = Provisor\\Job::run('${module}.page', Provisor\\Params::service($params, Provisor\\Caller::client()));
      $lang = new Provisor\\Lang('${module}', 'english');
      $walk = static function ($model) use (&$walk, $lang): void {
          if (!is_array($model)) { return; }
          if (isset($model['code'], $model['text'])) {
              $text = $lang->text($model['code'], array_column($model['params'], 1, 0), '(none)');
              if ($model['code'] !== '' && $text !== $model['text']) { echo "$model[code]: $model[text] / $text\\n"; }
              return;
          }
          array_map($walk, $model);
      };
      $walk($report['page']);`);
  }

  // Calls a module's function as WHMCS would for a client who got past its checks: by POST, with the token. An action of
  // staff that has no function of its name goes the way of all functions of staff.
  callAsClient(module, name, service, client = this.client) {
    this.php(`define('CLIENTAREA', true); $_SESSION['uid'] = ${client}; $_SERVER['REQUEST_METHOD'] = 'POST';
      $_POST['token'] = Provisor\\Caller::token(); require_once 'modules/servers/${module}/${module}.php';
      $params = StandIn\\Modules\\Params::forService(${service}, '${name}');
      function_exists('${module}_${name}') ? ${module}_${name}($params) : Provisor\\Entry::staffAction('${module}.${name}', $params);`);
  }

  // What staff chose in the fields of the service's tab.
  tab(module, service, form) {
    this.php(`$_POST['provisor'] = json_decode('${JSON.stringify(form)}', true); require_once 'modules/servers/${module}/${module}.php';
      ${module}_AdminServicesTabFieldsSave(StandIn\\Modules\\Params::forService(${service}));`);
  }

  status(service, status) {
    this.whmcs('sql', `UPDATE tblhosting SET domainstatus = '${status}' WHERE id = ${service}`);
  }

  lastLog() {
    return this.sql('SELECT COALESCE(MAX(id), 0) AS last FROM tblmodulelog')[0].last;
  }

  // What this job answered since then, from the module log.
  logged(job, since) {
    return this.sql(`SELECT response FROM tblmodulelog WHERE id > ${since} AND action = '${job}'`).map((row) => row.response);
  }

  page(service) {
    return `${this.url}/clientarea.php?action=productdetails&id=${service}`;
  }

  close() {
    this.server?.kill('SIGTERM');
    if (!process.env.KEEP) rmSync(this.root, { recursive: true, force: true });
  }
}
