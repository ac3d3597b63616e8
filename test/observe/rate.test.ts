import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { Rates } from '../../src/observe/rate.js';
import { FakeClock } from '../support/fake-clock.js';

describe('rates a minute', () => {
  it('count what came within the last 60 s, of each counter', async () => {
    const clock = new FakeClock();
    const counters = { events: 100, writes: 0 };
    const rates = new Rates({ clock, deadlines: new Deadlines(clock) }, { events: () => counters.events, writes: () => counters.writes });
    expect(rates.perMinute).to.deep.equal({ events: 0, writes: 0 });
    counters.events += 5;
    counters.writes += 1;
    expect(rates.perMinute).to.deep.equal({ events: 5, writes: 1 });
    expect(rates.totals).to.deep.equal({ events: 105, writes: 1 });
    await clock.advance(30_000);
    counters.events += 7;
    await clock.advance(29_000);
    expect(rates.perMinute).to.deep.equal({ events: 12, writes: 1 });
    await clock.advance(2_000);
    expect(rates.perMinute).to.deep.equal({ events: 7, writes: 0 });
    await clock.advance(60_000);
    expect(rates.perMinute).to.deep.equal({ events: 0, writes: 0 });
    rates.stop();
    await clock.advance(1_000);
    expect(clock.timers).to.equal(0);
  });
});
