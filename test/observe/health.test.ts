import { expect } from 'chai';
import type { Clock } from '../../src/base/clock.js';
import { Deadlines } from '../../src/base/deadlines.js';
import { healthOf, LoopLag } from '../../src/observe/health.js';
import { FakeClock } from '../support/fake-clock.js';

describe('health', () => {
  it('is well when no check has anything to say', () => {
    expect(healthOf([])).to.deep.equal({ ok: true, reasons: [] });
    expect(healthOf([() => undefined, () => undefined])).to.deep.equal({ ok: true, reasons: [] });
  });

  it('tells every reason, in order', () => {
    const health = healthOf([() => 'no channel', () => undefined, () => 'the outbox is full']);
    expect(health).to.deep.equal({ ok: false, reasons: ['no channel', 'the outbox is full'] });
  });
});

describe('the event loop’s lag', () => {
  let clock: FakeClock;
  let late: number;
  let lag: LoopLag;

  beforeEach(() => {
    clock = new FakeClock();
    late = 0;
    // a busy loop: when a timer fires, more time has passed than it was set for
    const busy: Clock = {
      now: () => clock.now() + late,
      wall: () => clock.wall(),
      after: (delay, run) => clock.after(delay, run),
    };
    lag = new LoopLag({ clock: busy, deadlines: new Deadlines(busy) });
  });

  it('is nothing while timers fire in time', async () => {
    await clock.advance(10_000);
    expect(lag.ms).to.equal(0);
    expect(lag.check()).to.equal(undefined);
  });

  it('is how late the last measurement was', async () => {
    late = 5_000;
    await clock.advance(500);
    expect(lag.ms).to.equal(5_000);
    expect(lag.check()).to.equal(undefined);
  });

  it('is a reason not to be well above five seconds, until a measurement is in time again', async () => {
    late = 5_001;
    await clock.advance(500);
    expect(lag.check()).to.equal('the event loop was 5001 ms late');
    await clock.advance(500);
    expect(lag.check()).to.equal(undefined);
  });

  it('is not measured any more once stopped', async () => {
    lag.stop();
    late = 9_000;
    await clock.advance(10_000);
    expect(lag.ms).to.equal(0);
  });
});
