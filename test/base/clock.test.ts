import { expect } from 'chai';
import sinon from 'sinon';
import { systemClock } from '../../src/base/clock.js';
import { eventually } from '../support/eventually.js';

describe('the system clock', () => {
  describe('with timers that the test moves', () => {
    let timers: sinon.SinonFakeTimers;

    beforeEach(() => {
      timers = sinon.useFakeTimers({ now: 1_700_000_000_000, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    });

    afterEach(() => {
      timers.restore();
    });

    it('tells wall time in milliseconds since the epoch', () => {
      expect(systemClock.wall()).to.equal(1_700_000_000_000);
    });

    it('runs what it was given once, when the delay has passed', () => {
      const run = sinon.spy();
      systemClock.after(100, run);
      timers.tick(99);
      expect(run.callCount).to.equal(0);
      timers.tick(1);
      timers.tick(1_000);
      expect(run.callCount).to.equal(1);
    });

    it('runs nothing that was cancelled', () => {
      const run = sinon.spy();
      systemClock.after(100, run).cancel();
      timers.tick(1_000);
      expect(run.callCount).to.equal(0);
    });

    it('takes a delay below zero for none', () => {
      const run = sinon.spy();
      systemClock.after(-5, run);
      timers.tick(1);
      expect(run.callCount).to.equal(1);
    });

    it('does not fire at once for a delay that is longer than Node takes', () => {
      const run = sinon.spy();
      systemClock.after(2 ** 31 + 1_000, run);
      timers.tick(1_000);
      expect(run.callCount).to.equal(0);
    });
  });

  it('has a monotonic time that goes on while a timer runs', async () => {
    const before = systemClock.now();
    let fired = false;
    systemClock.after(1, () => {
      fired = true;
    });
    await eventually('the timer fires', () => fired);
    expect(systemClock.now()).to.be.above(before);
  });
});
