import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { genesys, inFolder } from '../config/folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The lines on stdout of a daemon that cannot start, where JOURNAL_STREAM is `variable` of its stdout's device and inode. */
function linesOf(variable: (dev: number, ino: number) => string): string[] {
  const files = { 'c.yaml': `${genesys}outbox: { dir: outbox }\nhttp: { listen: 'unix:none/http.sock' }\n`, secret: 'hush' };
  return inFolder(files, (folder) => {
    const out = openSync(join(folder, 'out'), 'w');
    const { dev, ino } = fstatSync(out);
    const env = { ...process.env, JOURNAL_STREAM: variable(dev, ino) };
    spawnSync(process.execPath, ['dist/cli.js', 'run', '-c', join(folder, 'c.yaml')], {
      cwd: root,
      env,
      stdio: ['ignore', out, 'ignore'],
      timeout: 20_000,
    });
    closeSync(out);
    return readFileSync(join(folder, 'out'), 'utf8').trim().split('\n');
  });
}

describe('the log of a daemon on stdout', () => {
  it('has level prefixes for journald where stdout leads there', () => {
    const lines = linesOf((dev, ino) => `${dev}:${ino}`);
    expect(lines.map((line) => /^<\d>\{/.exec(line)?.[0])).to.deep.equal(['<6>{', '<6>{', '<6>{', '<3>{', '<6>{']);
    expect(lines.at(3)).to.include('"event":"daemon.failed"');
  });

  it('is plain JSON where the variable was inherited and stdout goes elsewhere', () => {
    for (const line of linesOf((dev, ino) => `${dev}:${ino + 1}`)) expect(JSON.parse(line)).to.have.property('level');
  });
});
