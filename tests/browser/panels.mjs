// The simulated panels: one process for all of them, each on a free port, stopped by its own id. They live in real time,
// because WHMCS's own clock and that of its database are the real ones.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// One panel, as it introduced itself, and its control.
class Panel {
  constructor(told) {
    Object.assign(this, told);
  }

  async control(path, body) {
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${this.url}/_sim/${path}`, request);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${text}`);
    return JSON.parse(text);
  }

  state() {
    return this.control('state');
  }

  // Every request since the start.
  requests() {
    return this.control('requests');
  }

  // 'well'; 'down', where every connection breaks; or 'slow', where every answer comes later than a page waits.
  async is(how) {
    const rules = { well: [], down: [{ kind: 'reset_before', match: {} }], slow: [{ kind: 'delay', delay_ms: 8000, match: {} }] };
    await this.control('faults', rules[how]);
  }
}

export class Panels {
  // program: the built provisor-simulator
  static async start(program) {
    const panels = new Panels();
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const words = ['--onapp', '127.0.0.1:0', '--leap', '127.0.0.1:0', '--backup', '127.0.0.1:0', '--with-parent', '--start', now];
    panels.process = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: panels.process.stdout })) {
      const panel = new Panel(JSON.parse(line));
      panels[panel.panel] = panel;
      if (panels.onapp && panels.leap && panels.backup) return panels;
    }
    throw new Error('the simulator ended before it served');
  }

  close() {
    this.process.kill('SIGTERM');
  }
}
