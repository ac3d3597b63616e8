import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { serviceManager, watchdogOf } from '../../src/cli/service-manager.js';
import { nobody } from '../../src/observe/notify.js';
import { Systemd } from '../../src/observe/systemd.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

describe('The service manager', () => {
  const deps = { deadlines: new Deadlines(new FakeClock()), log: new RecordingLog() };

  it('is nobody outside a unit', () => {
    expect(serviceManager({}, deps)).to.equal(nobody);
  });

  it('is systemd where a socket for messages is named', async () => {
    const systemd = serviceManager({ NOTIFY_SOCKET: '/run/nobody-listens-here' }, deps);
    expect(systemd).to.be.instanceOf(Systemd);
    await systemd.close();
  });

  for (const [what, env, ms] of [
    ['each 30 s', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '4711' }, 30_000],
    ['whatever process it is in', { WATCHDOG_USEC: '30000000' }, 30_000],
    ['not another process', { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '4712' }, undefined],
    ['not at all', {}, undefined],
    ['not at all where it says 0', { WATCHDOG_USEC: '0' }, undefined],
    ['not at all where it says nonsense', { WATCHDOG_USEC: 'often' }, undefined],
  ] as const)
    it(`watches ${what}`, () => {
      expect(watchdogOf(env, 4711)).to.equal(ms);
    });
});
