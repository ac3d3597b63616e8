import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { openSimulator } from '../../support/house.js';
import { run, unhurried, withUnit } from '../unit.js';

/** The next try to connect may be 30 s away, in ms. */
const longestPause = 40_000;

describe('the watchdog and the time for the start', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await openSimulator();
  });

  afterEach(() => simulator.close());

  it('is started however long the platform is away, though TimeoutStartSec is over', () =>
    withUnit('away', async (attributed) => {
      await attributed.configure(simulator);
      const port = Number(new URL(simulator.url).port);
      await simulator.close();
      const started = performance.now();
      const starting = attributed.systemctl('start');
      await eventually('its time is over', () => performance.now() - started > 14_000, unhurried);
      expect(await attributed.property('ActiveState')).to.equal('activating');
      simulator = await openSimulator({}, 1, systemClock, port);
      expect((await starting).code).to.equal(0);
      expect(await attributed.property('NRestarts')).to.equal('0');
    }));

  it('feeds the watchdog through an outage: the status says so, and nothing is killed', () =>
    withUnit('outage', async (attributed) => {
      await attributed.configure(simulator);
      await attributed.systemctl('start');
      const port = Number(new URL(simulator.url).port);
      await simulator.close();
      await attributed.becomes('StatusText', /^not ready \(no channel is connected/);
      const fed = async (): Promise<number> => (await attributed.notifications()).filter((message) => message === 'WATCHDOG=1').length;
      const before = await fed();
      await eventually('it is fed for longer than the watchdog waits', async () => (await fed()) > before + 2, unhurried);
      expect(await attributed.property('ActiveState')).to.equal('active');
      simulator = await openSimulator({}, 1, systemClock, port);
      await attributed.becomes('StatusText', /^ready: /, longestPause);
      expect(await attributed.property('NRestarts')).to.equal('0');
    }));

  it('is killed and restarted by the watchdog when it hangs', () =>
    withUnit('hung', async (attributed) => {
      await attributed.configure(simulator);
      await attributed.systemctl('start');
      const hung = await attributed.pid();
      await attributed.systemctl('kill', '--signal', 'SIGSTOP', '--kill-whom', 'main');
      await attributed.becomes('NRestarts', '1');
      await attributed.becomes('ActiveState', 'active');
      expect(await attributed.pid()).to.not.equal(hung);
      const { stdout } = await run('journalctl', '--output', 'cat', `UNIT=${attributed.name}`);
      expect(stdout).to.include('Watchdog timeout').and.to.include("result 'watchdog'");
    }));
});
