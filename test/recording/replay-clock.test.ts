import { expect } from 'chai';
import { ReplayClock } from '../../src/recording/replay-clock.js';

describe('ReplayClock', () => {
  const started = Date.UTC(2026, 0, 1);
  let settled: number[];
  let clock: ReplayClock;
  const settle = (): Promise<void> => {
    settled.push(clock.now());
    return Promise.resolve();
  };

  beforeEach(() => {
    settled = [];
    clock = new ReplayClock(started);
  });

  it('stands still until it is told to go on, and never goes back', async () => {
    expect([clock.now(), clock.wall()]).to.deep.equal([0, started]);
    await clock.advanceTo(500, settle);
    await clock.advanceTo(200, settle);
    expect([clock.now(), clock.wall()]).to.deep.equal([500, started + 500]);
  });

  it('runs what is due at its time, in order, and settles before the next', async () => {
    const ran: string[] = [];
    const set = (name: string, delay: number, then?: () => void): void => {
      clock.after(delay, () => {
        ran.push(`${name} ${clock.now()}`);
        then?.();
      });
    };
    set('late', 300);
    set('first', 100, () => {
      set('chained', 50);
    });
    set('same', 100);
    set('at once', -5);
    clock.after(120, () => ran.push('cancelled')).cancel();
    await clock.advanceTo(299, settle);
    expect(ran).to.deep.equal(['at once 0', 'first 100', 'same 100', 'chained 150']);
    expect(settled).to.deep.equal([0, 100, 100, 150]);
    await clock.advanceTo(300, settle);
    expect(ran.at(-1)).to.equal('late 300');
  });
});
