import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { genesys, inFolder } from '../config/folder.js';
import { cli, withCli } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { accepted, line, write } from './tail/lines.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = [process.execPath, 'dist/cli.js', 'tail'];

const log = [
  line(...accepted(0)),
  line(...write(120, 'conflict')),
  line(...write(212, 'applied')),
  line(300, 'outbox.full', {}, 'error'),
  '',
].join('\n');

/** Runs a tail with something on its stdin. */
function tailOf(input: string, args: readonly string[] = [], env: Record<string, string> = {}): { status: number | null; stdout: string } {
  const [program = '', ...words] = command;
  return spawnSync(program, [...words, ...args], { cwd: root, input, encoding: 'utf8', timeout: 20_000, env: { ...process.env, ...env } });
}

describe('attributed tail', () => {
  it('shows a file, its story and a summary, without colours in a pipe', () =>
    inFolder({ 'a.log': log }, async (folder) => {
      const { code, stdout, stderr } = await cli(['tail', join(folder, 'a.log'), '--no-follow']);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout.split('\n')).to.deep.equal([
        '2026-11-24 (UTC)',
        '10:00:00.000 info  intent.accepted 3f0c12ab a message intentId=a1b2c3d4 rule=customer-tier',
        '10:00:00.120 info  write.conflict 3f0c12ab a message intentIds=a1b2c3d4 keys=tier',
        '10:00:00.212 info  write.applied 3f0c12ab a message intentIds=a1b2c3d4 keys=tier',
        '10:00:00.212 call  3f0c12ab tier → written in 212 ms, 1 conflict',
        '10:00:00.300 error outbox.full a message',
        '-- in all: 1 error, 3 info; 1 write, 1 conflict, 0 dead; wish to applied p50 212 ms, p95 212 ms',
        '',
      ]);
    }));

  it('follows a file through a rotation, and ends with a summary and 0 on SIGTERM', () =>
    inFolder({ 'a.log': `${line(0, 'daemon.ready')}\n` }, (folder) => {
      const file = join(folder, 'a.log');
      return withCli(['tail', file], async (tail) => {
        const shows = (event: string): Promise<void> => eventually(`it shows ${event}`, () => tail.stdout.includes(event));
        await shows('daemon.ready');
        appendFileSync(file, `${line(10, 'channel.connected')}\n`);
        await shows('channel.connected');
        renameSync(file, `${file}.1`);
        writeFileSync(file, `${line(20, 'daemon.stopping')}\n`);
        await shows('daemon.stopping');
        tail.kill('SIGTERM');
        const { code, stdout, stderr } = await tail.ended;
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(stdout).to.match(/\n-- .*: 3 info; 0 writes, 0 conflicts, 0 dead\n$/);
      });
    }));

  it('reads what journalctl gives on stdin, and lets other lines through', () => {
    const { status, stdout } = tailOf(`<3>${line(0, 'outbox.full', {}, 'error')}\nError: a trace\n`);
    expect(status).to.equal(0);
    expect(stdout.split('\n').slice(1, 3)).to.deep.equal(['10:00:00.000 error outbox.full a message', 'Error: a trace']);
  });

  it('filters, and gives lines as they are for other programs', () => {
    expect(tailOf(log, ['--json', '--event', 'write.*,outbox.*', '--level', 'error']).stdout).to.equal(
      `${line(300, 'outbox.full', {}, 'error')}\n`,
    );
    expect(tailOf(log, ['--stories']).stdout.split('\n').slice(0, 2)).to.deep.equal([
      '2026-11-24 (UTC)',
      '10:00:00.212 call  3f0c12ab tier → written in 212 ms, 1 conflict',
    ]);
  });

  it('begins with the last ten lines of a file that it follows, or with as many as it is told', () =>
    inFolder({ 'a.log': Array.from({ length: 30 }, (_, at) => `${line(at, 'daemon.ready', { at })}\n`).join('') }, async (folder) => {
      const file = join(folder, 'a.log');
      for (const { args, first } of [
        { args: [], first: 20 },
        { args: ['--lines', '3'], first: 27 },
      ])
        await withCli(['tail', file, ...args], async (tail) => {
          await eventually('it shows the end', () => tail.stdout.includes('at=29'));
          expect(/at=(\d+)/.exec(tail.stdout)?.[1]).to.equal(String(first));
        });
    }));

  it('ends quietly when nobody reads any more', async () => {
    const [program = '', ...words] = command;
    const child = spawn(program, words, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // it goes on giving until the other side is gone
    child.stdin.on('error', () => undefined);
    const give = (): void => {
      if (child.stdin.writable) child.stdin.write(log.repeat(100), give);
    };
    const closed = once(child, 'close');
    give();
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await closed).to.deep.equal([0, null]);
    expect(stderr).to.equal('');
  });

  for (const [what, args, message] of [
    ['a file that is not there', ['/none.log'], /^attributed: cannot read \/none\.log: ENOENT.*\n$/],
    [
      'an event that there is not',
      ['--event', 'wirte.*'],
      /^attributed: no event of the log is like "wirte\.\*": the README lists them.*\n$/,
    ],
    ['a config that is not there', ['-c', '/none.yaml'], /^attributed: there is no config \/none\.yaml\n$/],
  ] as const)
    it(`refuses ${what} in one line, with 1`, async () => {
      const { code, stdout, stderr } = await cli(['tail', ...args]);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(message);
    });

  it('tells the faults of a config that names no log.file in any case, with 78', () =>
    inFolder({ 'c.yaml': `${genesys}log: { file: 7 }\n` }, async (folder) => {
      const { code, stderr } = await cli(['tail', '-c', join(folder, 'c.yaml')]);
      expect(code).to.equal(78);
      expect(stderr).to.include('log.file');
    }));

  describe('on a terminal', () => {
    /** What comes on a terminal of 80 columns; undefined where none can be had. */
    const onTerminal = (args: string, env: Record<string, string> = {}): string | undefined => {
      if (!existsSync('/usr/bin/script')) {
        process.stderr.write('      (no script(1) here: what a terminal shows is left out)\n');
        return undefined;
      }
      return spawnSync('script', ['-qec', `stty cols 80; ${command.join(' ')} ${args}`, '/dev/null'], {
        cwd: root,
        encoding: 'utf8',
        timeout: 20_000,
        // nothing of ours but what a program needs: CI, TMUX, NO_COLOR and more of them change what colours Node believes in
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm-256color', ...env },
      }).stdout.replaceAll('\r', '');
    };

    it('has colours', () => {
      inFolder({ 'a.log': log }, (folder) => {
        const coloured = onTerminal(`${join(folder, 'a.log')} --no-follow`);
        if (coloured !== undefined) expect(coloured).to.include('\u001b[1mwrite.applied\u001b[22m');
      });
    });

    for (const { args, env } of [
      { args: '--no-color', env: {} },
      { args: '', env: { NO_COLOR: '1' } },
    ])
      it(`has none with ${args}${Object.keys(env).join()}, and no line wider than it`, () => {
        inFolder({ 'a.log': log }, (folder) => {
          const plain = onTerminal(`${join(folder, 'a.log')} --no-follow ${args}`, env);
          if (plain === undefined) return;
          expect(plain).to.include('write.applied').and.not.include('\u001b[');
          for (const each of plain.split('\n')) expect(each.length).to.be.at.most(80);
        });
      });

    it('says how to read the journal where it is given nothing', () => {
      const said = onTerminal('');
      if (said !== undefined) expect(said).to.match(/^attributed: .*journalctl -f -o cat -u attributed \| attributed tail`\n$/);
    });
  });
});
