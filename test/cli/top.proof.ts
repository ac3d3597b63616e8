import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { statusSchema } from '../../src/figures/status.js';
import { genesys, inFolder } from '../config/folder.js';
import { withDaemon } from '../support/asked.js';
import { cli, withCli } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { queuedCall } from '../support/house.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('attributed top', () => {
  it('shows the daemon’s figures again and again, says so when it is gone, and ends with 0 on SIGTERM', () =>
    withDaemon('unix socket', { rules: [{ name: 'mark', when: 'conversation.started', set: { tier: '"x"' } }] }, (asked) =>
      withCli(['top', '--interval', '100ms', '-c', join(asked.folder, 'ask.yaml')], async (top) => {
        await eventually('it is there', () => top.stdout.includes(', ready\n'));
        queuedCall(asked.simulator);
        await eventually('the call is there', () => top.stdout.includes('calls      1 live, 1 held'));
        expect(top.stdout)
          .to.match(/events\/s +\d+\.\d {3}[▁-█]/)
          .and.not.include('\u001b');
        asked.daemon.kill('SIGKILL');
        await eventually('it says so', () => /^ {2}no daemon answers at unix:.*: start it/m.test(top.stdout));
        top.kill('SIGTERM');
        expect(await top.ended).to.include({ code: 0, stderr: '' });
      }),
    ));

  it('gives what the local API answers with --json, a line a look', () =>
    withDaemon('TCP port with a token', {}, ({ folder }) =>
      withCli(
        ['top', '--json', '--interval', '100ms', '-c', join(folder, 'ask.yaml'), '--token-file', join(folder, 'token')],
        async (top) => {
          await eventually('there were two looks', () => top.stdout.split('\n').length > 2);
          for (const line of top.stdout.split('\n').slice(0, 2)) statusSchema.parse(JSON.parse(line));
          top.kill('SIGINT');
          expect(await top.ended).to.include({ code: 0, stderr: '' });
        },
      ),
    ));

  it('takes its figures from a log that goes on', () =>
    inFolder({ 'a.log': '' }, (folder) =>
      withCli(['top', join(folder, 'a.log'), '--interval', '100ms'], async (top) => {
        const line = { timestamp: new Date().toISOString(), level: 'info', message: 'm', event: 'intent.accepted', intentId: 'i' };
        await eventually('it shows the empty log', () => top.stdout.includes('0 pending'));
        writeFileSync(join(folder, 'a.log'), `${JSON.stringify(line)}\n`);
        await eventually('the wish is there', () => top.stdout.includes('1 pending (the oldest for'));
        top.kill('SIGTERM');
        expect(await top.ended).to.include({ code: 0, stderr: '' });
      }),
    ));

  it('shows a log on stdin to its end', () => {
    const line = { timestamp: new Date().toISOString(), level: 'info', message: 'm', event: 'intent.accepted', intentId: 'i' };
    const { status, stdout } = spawnSync(process.execPath, ['dist/cli.js', 'top', '-'], {
      cwd: root,
      encoding: 'utf8',
      input: `${JSON.stringify(line)}\n`,
    });
    expect(status).to.equal(0);
    expect(stdout.trim().split('\n\n').at(-1)).to.include('1 pending');
  });

  it('ends with 1 and one line where the daemon cannot be asked, or there is no such log', () =>
    inFolder({ 'c.yaml': `${genesys}http: { listen: "unix:/nowhere/http.sock" }\n` }, async (folder) => {
      const asked = await cli(['top', '-c', join(folder, 'c.yaml')]);
      expect(asked).to.include({ code: 1, stdout: '' });
      expect(asked.stderr).to.match(/^attributed: no daemon answers at unix:\/nowhere\/http\.sock.*\n$/);
      const read = await cli(['top', join(folder, 'no.log')]);
      expect(read).to.include({ code: 1, stdout: '' });
      expect(read.stderr).to.match(/^attributed: .*no\.log.*\n$/);
    }));

  it('draws on a screen of its own on a terminal, and gives it back when q is typed', function () {
    if (!existsSync('/usr/bin/script')) this.skip();
    inFolder({ 'a.log': '' }, (folder) => {
      const { status, stdout } = spawnSync(
        'script',
        ['-qec', `stty cols 80 rows 24; ${process.execPath} dist/cli.js top ${join(folder, 'a.log')} --interval 100ms`, '/dev/null'],
        { cwd: root, encoding: 'utf8', timeout: 20_000, input: 'q', env: { ...process.env, TERM: 'xterm-256color' } },
      );
      expect(status).to.equal(0);
      expect(stdout).to.match(/\u001b\[\?1049h.*0 pending.*\u001b\[\?25h\u001b\[\?1049l\s*$/s);
    });
  });
});
