import { expect } from 'chai';
import type { Call } from '../../../src/simulator/calls/call.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { customerAttributes, openSimulator, queuedCall } from '../../support/house.js';
import { run, unhurried, withUnit, type Unit } from '../unit.js';

/** Wishes that must outlive a death, over some calls. */
const wishes = 20;

describe('attributed under systemd', () => {
  let simulator: Simulator;

  /** Has wishes acknowledged that the platform does not take yet; resolves with what each call must show in the end. */
  const wish = async (to: Unit, calls: readonly Call[]): Promise<Map<Call, Record<string, string>>> => {
    const wanted = new Map<Call, Record<string, string>>();
    for (let index = 0; index < wishes; index += 1) {
      const call = calls[index % calls.length];
      if (call === undefined) throw new Error('there are no calls');
      const attributes = { [`key${index}`]: `value ${index}` };
      const answer = await to.ask('PUT', `/conversations/${call.id}/participants/@customer/attributes`, { attributes });
      expect(answer.status).to.equal(202);
      wanted.set(call, { ...wanted.get(call), ...attributes });
    }
    return wanted;
  };

  const arrives = (wanted: Map<Call, Record<string, string>>): Promise<void> =>
    eventually('every acknowledged wish is written', () =>
      [...wanted].every(([call, attributes]) => {
        const there = customerAttributes(call);
        return Object.entries(attributes).every(([key, value]) => there[key] === value);
      }),
    );

  beforeEach(async () => {
    simulator = await openSimulator();
  });

  afterEach(() => simulator.close());

  it('blocks `systemctl start` until topics are subscribed to, and tells how it goes', () =>
    withUnit('first', async (attributed) => {
      await attributed.configure(simulator);
      simulator.faults.refuse = [{ status: 503, share: 1 }];
      const starting = attributed.systemctl('start');
      await attributed.becomes('StatusText', /^not ready \(no channel is connected/);
      expect(await attributed.property('ActiveState')).to.equal('activating');
      expect(await attributed.logged('daemon.ready')).to.be.empty;
      simulator.faults.refuse = [];
      expect((await starting).code).to.equal(0);
      expect(await attributed.logged('daemon.ready')).to.have.length(1);
      expect(await attributed.property('ActiveState')).to.equal('active');
      const topics = simulator.topics.length;
      await attributed.becomes('StatusText', `ready: ${topics} of ${topics} topics, 0 calls, 0 pending, 0 conflicts a minute`);
      queuedCall(simulator);
      await attributed.becomes('StatusText', `ready: ${topics} of ${topics} topics, 1 calls, 0 pending, 0 conflicts a minute`);
    }));

  for (const signal of ['SIGKILL', 'SIGSEGV'])
    it(`is restarted after ${signal}, and loses nothing that it had acknowledged`, () =>
      withUnit(signal.toLowerCase(), async (attributed) => {
        await attributed.configure(simulator);
        await attributed.systemctl('start');
        const calls = [0, 1, 2].map((customer) => queuedCall(simulator, customer));
        simulator.faults.refuse = [{ status: 503, share: 1 }];
        const wanted = await wish(attributed, calls);
        await attributed.systemctl('kill', '--signal', signal, '--kill-whom', 'main');
        await attributed.becomes('NRestarts', '1');
        simulator.faults.refuse = [];
        await arrives(wanted);
        await attributed.becomes('ActiveState', 'active');
      }));

  it('is restarted when somebody ends it without systemd', () =>
    withUnit('ended', async (attributed) => {
      await attributed.configure(simulator);
      await attributed.systemctl('start');
      process.kill(await attributed.pid(), 'SIGTERM');
      await attributed.becomes('NRestarts', '1');
      expect(await attributed.logged('daemon.stopped')).to.have.length(1);
      await attributed.becomes('ActiveState', 'active');
    }));

  it('goes on when its helper is killed, and the new one is heard', () =>
    withUnit('helper', async (attributed) => {
      await attributed.configure(simulator);
      await attributed.systemctl('start');
      const main = await attributed.pid();
      const { stdout } = await run('pgrep', '--parent', String(main), '--exact', 'sh');
      process.kill(Number(stdout), 'SIGKILL');
      await eventually('the helper is started again', async () => (await attributed.logged('notify.lost')).length === 1, unhurried);
      const before = (await attributed.notifications()).length;
      await eventually(
        'it is heard for longer than the watchdog waits',
        async () => (await attributed.notifications()).length > before + 3,
      );
      expect(await attributed.pid()).to.equal(main);
    }));

  it('stays down with 78 on a broken config, and `systemctl start` fails', () =>
    withUnit('broken', async (attributed) => {
      await attributed.configure(simulator, { writes: {} });
      expect((await attributed.systemctl('start')).code).to.not.equal(0);
      expect(await attributed.property('SubState')).to.equal('failed');
      expect(await attributed.property('ExecMainStatus')).to.equal('78');
      expect(await attributed.property('NRestarts')).to.equal('0');
      expect((await attributed.journal()).map(({ MESSAGE }) => MESSAGE).join()).to.include('(did you mean "write"?)');
    }));

  it('stays down with 77 when its credentials are refused', () =>
    withUnit('refused', async (attributed) => {
      await attributed.configure(simulator, {}, 'not-the-secret');
      expect((await attributed.systemctl('start')).code).to.not.equal(0);
      expect(await attributed.property('SubState')).to.equal('failed');
      expect(await attributed.property('ExecMainStatus')).to.equal('77');
      expect(await attributed.property('NRestarts')).to.equal('0');
    }));

  it('reloads a good config: `systemctl reload` says 0, RELOADING and READY are told, the process stays', () =>
    withUnit('good', async (attributed) => {
      await attributed.configure(simulator);
      await attributed.systemctl('start');
      const main = await attributed.pid();
      await attributed.configure(simulator, { write: { quiet: '200ms' } });
      const before = (await attributed.notifications()).length;
      expect((await attributed.systemctl('reload')).code).to.equal(0);
      await eventually('it has reloaded', async () => (await attributed.logged('config.reloaded')).length === 1, unhurried);
      expect((await attributed.logged('config.reloaded'))[0]?.MESSAGE).to.include('"changed":["write.quiet"]');
      await eventually(
        'systemd has heard of it',
        async () => {
          const messages = (await attributed.notifications()).slice(before);
          const reloading = messages.findIndex((message) => /^RELOADING=1, MONOTONIC_USEC=\d+$/.test(message));
          return reloading >= 0 && messages.slice(reloading).includes('READY=1');
        },
        unhurried,
      );
      await attributed.becomes('ActiveState', 'active');
      expect(await attributed.pid()).to.equal(main);
    }));

  it('refuses a bad config: `systemctl reload` fails, the journal names the place, the process goes on by the old one', () =>
    withUnit('bad', async (attributed) => {
      await attributed.configure(simulator);
      await attributed.systemctl('start');
      const main = await attributed.pid();
      await attributed.write('genesys:\n  region: nowhere\n');
      expect((await attributed.systemctl('reload')).code).to.not.equal(0);
      expect((await attributed.journal()).map(({ MESSAGE }) => MESSAGE).join('\n')).to.match(/bad\.yaml:2:11 genesys\.region/);
      expect(await attributed.property('ActiveState')).to.equal('active');
      expect(await attributed.pid()).to.equal(main);
      // what comes past the check is refused by the daemon, and stands in the status
      await attributed.systemctl('kill', '--signal', 'SIGHUP', '--kill-whom', 'main');
      await attributed.becomes('StatusText', /^ready: .*; the last reload was refused, see config\.rejected$/);
      expect((await attributed.ask('GET', '/readyz')).status).to.equal(200);
    }));

  it('writes what waits before it stops, for longer than TimeoutStopSec if stop.drain is longer', () =>
    withUnit('drain', async (attributed) => {
      await attributed.configure(simulator, { stop: { drain: '20s' } });
      await attributed.systemctl('start');
      const calls = [queuedCall(simulator)];
      simulator.faults.refuse = [{ status: 503, share: 1 }];
      const wanted = await wish(attributed, calls);
      const started = performance.now();
      const stopping = attributed.systemctl('stop');
      await attributed.becomes('StatusText', /^not ready \(the daemon is stopping.* [1-9]\d* pending/);
      await eventually('more than twice its time is over', () => performance.now() - started > 2_500, unhurried);
      expect(await attributed.property('SubState')).to.equal('stop-sigterm');
      simulator.faults.refuse = [];
      expect((await stopping).code).to.equal(0);
      await arrives(wanted);
      expect(await attributed.property('Result')).to.equal('success');
      expect(await attributed.notifications()).to.include('STOPPING=1, EXTEND_TIMEOUT_USEC=30000000');
      expect((await attributed.logged('daemon.stopped'))[0]?.MESSAGE).to.include('"left":0');
    }));
});
