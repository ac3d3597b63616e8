import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { cli, withCli } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { openSimulator, queuedCall } from '../support/house.js';

type Line = Record<string, unknown>;

/** Lines of log files that are whole; throws if one is not JSON. */
function linesIn(...files: readonly string[]): Line[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line),
  );
}

describe('a daemon with log.file', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await openSimulator();
  });

  afterEach(() => simulator.close());

  const config = (file: string): string =>
    JSON.stringify({
      genesys: { apiUrl: simulator.url, loginUrl: simulator.url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
      notifications: { topics: simulator.topics },
      http: { listen: '127.0.0.1:0' },
      outbox: { dir: 'outbox' },
      log: { level: 'debug', file },
    });

  /** Runs a daemon whose wishes are logged while `rotate` is called, and checks that no line of any file is lost, doubled or broken. */
  const rotating = (rotate: (folder: string, file: string, round: number) => void): Promise<void> =>
    inFolder({ 'c.yaml': config('attributed.log'), secret: simulatorClient.secret }, (folder) => {
      const file = join(folder, 'attributed.log');
      return withCli(['run', '-c', join(folder, 'c.yaml')], async (daemon) => {
        const said = (event: string): Line | undefined =>
          existsSync(file) ? linesIn(file).find((line) => line['event'] === event) : undefined;
        await eventually('it is ready', () => said('daemon.ready') !== undefined);
        const address = String(said('http.listening')?.['listen']);
        const call = queuedCall(simulator);
        const wished: string[] = [];
        const wish = async (): Promise<void> => {
          const answer = await fetch(`http://${address}/conversations/${call.conversation?.id ?? ''}/participants/@customer/attributes`, {
            method: 'PUT',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ attributes: { round: String(wished.length) } }),
          });
          wished.push(((await answer.json()) as { intentId: string }).intentId);
        };
        for (let round = 1; round <= 2; round += 1) {
          rotate(folder, file, round);
          // wishes come on and on, until the daemon has found the new file
          await eventually('lines come into the new file', async () => {
            await wish();
            return existsSync(file) && statSync(file).size > 0;
          });
        }
        daemon.kill('SIGTERM');
        const { code, stdout, stderr } = await daemon.ended;
        expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: '', stderr: '' });

        const files = readdirSync(folder)
          .filter((name) => /^attributed\.log/.test(name))
          .sort()
          .reverse();
        expect(files).to.deep.equal(['attributed.log.2', 'attributed.log.1', 'attributed.log']);
        const lines = linesIn(...files.map((name) => join(folder, name)));
        expect(lines.filter(({ event }) => event === 'intent.accepted').map(({ intentId }) => intentId)).to.deep.equal(wished);
        expect([lines[0]?.['event'], lines.at(-1)?.['event']]).to.deep.equal(['daemon.started', 'daemon.stopped']);
        expect(statSync(file).mode & 0o777).to.equal(0o640);
      });
    });

  it('loses and doubles no line while the file is renamed under it, and leaves stdout empty', () =>
    rotating((_, file, round) => {
      if (round === 2) renameSync(`${file}.1`, `${file}.2`);
      renameSync(file, `${file}.1`);
      writeFileSync(file, '', { mode: 0o640 });
    }));

  it('loses no line to logrotate with the shipped configuration', async function () {
    const logrotate = ['/usr/sbin/logrotate', '/usr/bin/logrotate'].find((path) => existsSync(path));
    if (logrotate === undefined) {
      process.stderr.write('      (no logrotate here: the test with it is left out)\n');
      return this.skip();
    }
    const shipped = readFileSync(fileURLToPath(new URL('../../systemd/attributed.logrotate', import.meta.url)), 'utf8');
    await rotating((folder, file) => {
      const rules = join(folder, 'logrotate');
      // the second rotation must leave a file that this test can read
      writeFileSync(rules, shipped.replaceAll('/var/log/attributed/attributed.log', file).replace('    compress\n', '    nocompress\n'), {
        mode: 0o644,
      });
      execFileSync(logrotate, ['--force', '--state', join(folder, 'state'), rules]);
    });
  });

  it('goes on with the file that is there when SIGHUP comes', () =>
    inFolder({ 'c.yaml': config('attributed.log'), secret: simulatorClient.secret }, (folder) => {
      const file = join(folder, 'attributed.log');
      return withCli(['run', '-c', join(folder, 'c.yaml')], async (daemon) => {
        await eventually('it is ready', () => existsSync(file) && readFileSync(file, 'utf8').includes('daemon.ready'));
        renameSync(file, `${file}.1`);
        daemon.kill('SIGHUP');
        await eventually('the new file tells it', () => existsSync(file) && readFileSync(file, 'utf8').includes('config.reloaded'));
      });
    }));

  it('ends with 1 and one line when the file cannot be made', () =>
    inFolder({ 'c.yaml': config('none/attributed.log'), secret: simulatorClient.secret }, async (folder) => {
      const { code, stdout, stderr } = await cli(['run', '-c', join(folder, 'c.yaml')]);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/^attributed: log\.file .*none\/attributed\.log cannot be opened \(ENOENT.*\): make its directory, .*\n$/);
    }));
});
