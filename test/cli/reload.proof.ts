import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { reload } from '../../src/cli/reload.js';
import type { Change } from '../../src/config/diff.js';
import { simulatorClient } from '../../src/simulator/simulator.js';
import { genesys, inFolder } from '../config/folder.js';
import { withCli, type Running } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, openSimulator, queuedCall } from '../support/house.js';
import { RecordingLog } from '../support/recording-log.js';

const options = { credentialsDirectory: undefined, credentialsElsewhere: 'fault' } as const;

/** What a reload of a config file logs and returns, where the daemon does what is said. */
function reloaded(yaml: string, whatDiffers: () => Change[]): { log: RecordingLog; files: string[] | undefined } {
  return inFolder({ 'c.yaml': yaml, secret: 'hush' }, (folder) => {
    const log = new RecordingLog();
    const loaded = reload({ file: join(folder, 'c.yaml'), options, daemon: { reload: whatDiffers }, log });
    const lines = log.lines.map((line) => JSON.parse(JSON.stringify(line).replaceAll(`${folder}/`, '')) as (typeof log.lines)[number]);
    log.lines.splice(0, log.lines.length, ...lines);
    return { log, files: loaded?.files.map((file) => file.replace(`${folder}/`, '')) };
  });
}

describe('reloading a config file', () => {
  it('tells what has changed, and what waits for a restart', () => {
    const { log, files } = reloaded(`${genesys}log: { file: x }\n`, () => [
      { path: 'rules', reload: 'live' },
      { path: 'write.target', reload: 'restart' },
      { path: 'genesys.clientId', reload: 'reconnect' },
    ]);
    const fields = { file: 'c.yaml', changed: ['rules', 'genesys.clientId'], restart: ['write.target'] };
    expect(log.lines.map(({ level, event, fields: told }) => ({ level, event, told }))).to.deep.equal([
      { level: 'warn', event: 'config.reloaded', told: fields },
    ]);
    expect(files).to.deep.equal(['c.yaml', 'secret']);
  });

  for (const [what, changes] of [
    ['something has', [{ path: 'rules', reload: 'live' }]],
    ['nothing has', []],
  ] as const)
    it(`tells as information that ${what} changed`, () => {
      const { log } = reloaded(genesys, () => [...changes]);
      expect(log.lines[0]).to.include({ level: 'info', event: 'config.reloaded' });
      expect(log.lines[0]?.message).to.match(what === 'nothing has' ? /^nothing has changed$/ : /counts from now on$/);
    });

  it('tells each fault with its place, and does not come to the daemon', () => {
    const { log, files } = reloaded(`${genesys}write: { quite: 1s, quiet: 5 }\n`, () => expect.fail('it is not asked'));
    expect(log.of('config.rejected').map(({ line, column, path }) => [line, column, path])).to.deep.equal([
      [5, 10, 'write.quite'],
      [5, 28, 'write.quiet'],
    ]);
    expect(log.of('config.rejected')[0]?.['fault']).to.match(/^c\.yaml:5:10 write\.quite: unknown field/);
    expect(files).to.equal(undefined);
  });

  it('tells what the daemon finds wrong', () => {
    const { log } = reloaded(genesys, () => {
      throw new Error('cannot read secret');
    });
    expect(log.of('config.rejected')).to.deep.equal([{ file: 'c.yaml', fault: 'cannot read secret' }]);
  });
});

describe('attributed run', () => {
  const mark = { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } };

  /** A daemon in a process of its own, on a simulated org, and a way to write its config. */
  async function withDaemon(
    sections: object,
    test: (house: {
      daemon: Running;
      write: (more: object | string) => void;
      said: (event: string, times?: number) => Promise<void>;
      isMarked: (customer: number) => Promise<void>;
    }) => Promise<void>,
  ): Promise<void> {
    const simulator = await openSimulator();
    const { url, topics } = simulator;
    const text = (more: object): string =>
      JSON.stringify({
        genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
        notifications: { topics },
        http: { listen: 'off' },
        outbox: { dir: 'outbox' },
        ...more,
      });
    try {
      await inFolder({ 'c.yaml': text(sections), secret: simulatorClient.secret }, (folder) =>
        withCli(['run', '-c', join(folder, 'c.yaml')], async (daemon) => {
          await daemon.logged('daemon.ready');
          await test({
            daemon,
            write: (more) => {
              writeFileSync(join(folder, 'c.yaml'), typeof more === 'string' ? more : text({ ...sections, ...more }));
            },
            said: (event, times = 1) =>
              eventually(
                `the log says ${event} ${times} times`,
                () => daemon.log.filter((line) => line['event'] === event).length === times,
              ),
            isMarked: async (customer) => {
              const call = queuedCall(simulator, customer);
              await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
            },
          });
          daemon.kill('SIGTERM');
          expect(await daemon.ended).to.include({ code: 0, stderr: '' });
        }),
      );
    } finally {
      await simulator.close();
    }
  }
  const last = (daemon: Running, event: string): Record<string, unknown> | undefined =>
    daemon.log.filter((line) => line['event'] === event).at(-1);

  it('reloads on SIGHUP: a good change counts over the same socket, a bad file changes nothing, a restart is named', () =>
    withDaemon({}, async ({ daemon, write, said, isMarked }) => {
      write({ rules: [mark] });
      daemon.kill('SIGHUP');
      await said('config.reloaded');
      expect(last(daemon, 'config.reloaded')).to.deep.include({ level: 'info', changed: ['rules'], restart: [] });
      await isMarked(0);

      write('genesys:\n  region: nowhere\n  clientId: x\n');
      daemon.kill('SIGHUP');
      await said('config.rejected', 2);
      expect(last(daemon, 'config.rejected')).to.include({ line: 2, column: 11, path: 'genesys.region' });
      await isMarked(1);

      write({ rules: [mark], http: { listen: '127.0.0.1:1' }, log: { level: 'debug' } });
      daemon.kill('SIGHUP');
      await said('config.reloaded', 2);
      expect(last(daemon, 'config.reloaded')).to.deep.include({ level: 'warn', changed: ['log.level'], restart: ['http.listen'] });
      await isMarked(2);
      expect(last(daemon, 'write.sent')).to.include({ level: 'debug' });
      for (const event of ['channel.connected', 'auth.token'])
        expect(
          daemon.log.filter((line) => line['event'] === event),
          event,
        ).to.have.length(1);
    }));

  it('reloads by itself when the file changes, with reload.watch', () =>
    withDaemon({ reload: { watch: true } }, async ({ daemon, write, said, isMarked }) => {
      write('genesys: {');
      await eventually('it is rejected', () => last(daemon, 'config.rejected') !== undefined);
      write({ rules: [mark] });
      await said('config.reloaded');
      expect(last(daemon, 'config.reloaded')).to.deep.include({ changed: ['rules'] });
      await isMarked(0);
    }));
});
