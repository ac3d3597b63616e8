import { join } from 'node:path';
import { expect } from 'chai';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { genesys, inFolder } from '../config/folder.js';
import { cli, withCli } from '../support/child.js';
import { openSimulator } from '../support/house.js';

const config = ({ url, topics }: Pick<Simulator, 'url' | 'topics'>, listen = '127.0.0.1:0'): string =>
  JSON.stringify({
    genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
    notifications: { topics },
    http: { listen },
    outbox: { dir: 'outbox' },
  });

describe('attributed run', () => {
  it('ends with 78 on a broken config, before it does anything', () =>
    inFolder({ 'c.yaml': genesys.replace(': secret', ": '%d/secret'") }, async (folder) => {
      const file = join(folder, 'c.yaml');
      const { code, stdout, stderr } = await cli(['run', '-c', file]);
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
      expect(stderr).to.match(/^.*c\.yaml:4:21 genesys\.clientSecretFile: "%d\/secret" exists only inside the systemd unit .*\n$/);
    }));

  it('ends with 78 on an outbox that cannot be made anywhere, and does not hang on it', () =>
    inFolder({ 'c.yaml': `${genesys}outbox: { dir: /proc/none/outbox }\n`, secret: 'hush' }, async (folder) => {
      const { code, stdout, stderr } = await cli(['run', '-c', join(folder, 'c.yaml')]);
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
      expect(stderr).to.match(/^.*c\.yaml:5:16 outbox\.dir: \/proc\/none\/outbox cannot be made, .*: name another place\n$/);
    }));

  describe('on a simulated org', () => {
    let simulator: Simulator;

    beforeEach(async () => {
      simulator = await openSimulator();
    });

    afterEach(() => simulator.close());

    it('gets ready, lives through SIGHUP, and on SIGTERM says last that it has stopped, with 0', () =>
      inFolder({ 'c.yaml': config(simulator), secret: simulatorClient.secret }, (folder) =>
        withCli(['run', '-c', join(folder, 'c.yaml')], async (daemon) => {
          await daemon.logged('daemon.ready');
          expect(daemon.log.map(({ event }) => event).slice(0, 2)).to.deep.equal(['daemon.started', 'config.loaded']);
          daemon.kill('SIGHUP');
          await daemon.logged('config.reloaded');
          daemon.kill('SIGTERM');
          const { code, stderr } = await daemon.ended;
          expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
          expect(daemon.log.slice(-2).map(({ timestamp, ...line }) => ({ ...line, told: typeof timestamp }))).to.deep.equal([
            {
              level: 'info',
              event: 'daemon.stopping',
              message: 'intake is stopped, what waits is written',
              signal: 'SIGTERM',
              pending: 0,
              told: 'string',
            },
            { level: 'info', event: 'daemon.stopped', message: 'clean end', left: 0, exitCode: 0, told: 'string' },
          ]);
        }),
      ));

    it('ends with 0 also when a second signal comes once it has stopped', () =>
      inFolder({ 'c.yaml': config(simulator), secret: simulatorClient.secret }, (folder) =>
        withCli(['run', '-c', join(folder, 'c.yaml')], async (daemon) => {
          await daemon.logged('daemon.ready');
          daemon.kill('SIGINT');
          await daemon.logged('daemon.stopped');
          daemon.kill('SIGINT');
          expect(await daemon.ended).to.include({ code: 0, stderr: '' });
        }),
      ));

    it('ends with 77 when its secret is refused, and shows it nowhere', () =>
      inFolder({ 'c.yaml': config(simulator), secret: 'not-the-secret' }, async (folder) => {
        const { code, stdout, stderr } = await cli(['run', '-c', join(folder, 'c.yaml')]);
        expect(code).to.equal(77);
        expect(stderr).to.match(/^attributed: .*\n$/);
        expect(stdout).to.include('"event":"auth.refused"').and.not.include('daemon.ready');
        expect(stdout + stderr).to.not.include('not-the-secret');
      }));

    it('ends with 1 and one line when its port is taken', () =>
      inFolder({ 'c.yaml': config(simulator, new URL(simulator.url).host), secret: simulatorClient.secret }, async (folder) => {
        const { code, stdout, stderr } = await cli(['run', '-c', join(folder, 'c.yaml')]);
        expect(code).to.equal(1);
        expect(stderr).to.match(/^attributed: http\.listen 127\.0\.0\.1:\d+ is taken: stop .*, or choose another port\n$/);
        expect(stdout.trimEnd().split('\n').at(-1))
          .to.include('"event":"daemon.stopped"')
          .and.include('"exitCode":1')
          .and.not.include('clean');
      }));
  });

  it('ends cleanly on SIGTERM while the platform cannot be reached', async () => {
    const simulator = await openSimulator();
    const gone = { url: simulator.url, topics: simulator.topics };
    await simulator.close();
    await inFolder({ 'c.yaml': config(gone), secret: simulatorClient.secret }, (folder) =>
      withCli(['run', '-c', join(folder, 'c.yaml')], async (daemon) => {
        await daemon.logged('channel.failed');
        daemon.kill('SIGTERM');
        expect(await daemon.ended).to.include({ code: 0, stderr: '' });
        expect(daemon.log.at(-1)).to.include({ event: 'daemon.stopped' });
      }),
    );
  });
});
