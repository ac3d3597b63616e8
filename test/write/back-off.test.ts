import { expect } from 'chai';
import { Subject } from 'rxjs';
import { Deadlines } from '../../src/base/deadlines.js';
import { NoAnswer } from '../../src/genesys/errors.js';
import { backOff, type BackOffDeps } from '../../src/write/back-off.js';
import { FakeClock } from '../support/fake-clock.js';
import type { Fate } from '../support/fake-platform.js';
import { Writing } from '../support/writing.js';

const unsent = new NoAnswer('PATCH /x', 'connect ECONNREFUSED', false);
const unanswered = new NoAnswer('PATCH /x', 'socket hang up', true);

describe('backing off', () => {
  let clock: FakeClock;
  let deps: BackOffDeps;
  let recovered: Subject<void>;
  let stop: AbortController;

  beforeEach(() => {
    clock = new FakeClock();
    recovered = new Subject();
    deps = { deadlines: new Deadlines(clock), random: () => 0.5, recovered };
    stop = new AbortController();
  });

  /** How long it waited, if it was over within a minute; `recoversAt` and `stopsAt` are ms after its begin. */
  async function waited(failure: unknown, at: { recovers?: number; stops?: number } = {}): Promise<number | undefined> {
    let over: number | undefined;
    if (at.recovers !== undefined)
      clock.after(at.recovers, () => {
        recovered.next();
      });
    if (at.stops !== undefined)
      clock.after(at.stops, () => {
        stop.abort();
      });
    const done = backOff(deps, 30_000, failure, stop.signal).then(() => (over = clock.now()));
    await clock.advance(60_000);
    if (over !== undefined) await done;
    return over;
  }

  it('lasts its time if nobody tells of a recovery', async () => {
    expect(await waited(unsent)).to.equal(30_000);
    expect(recovered.observed).to.equal(false);
  });

  it('is over soon after the platform can be reached again, at a random time within half a second', async () => {
    expect(await waited(unsent, { recovers: 3_000 })).to.equal(3_250);
    expect(recovered.observed).to.equal(false);
  });

  it('does not last longer for a recovery', async () => {
    expect(await waited(unsent, { recovers: 29_900 })).to.equal(30_000);
  });

  it('is not cut short by a recovery after any other failure', async () => {
    expect(await waited(unanswered, { recovers: 3_000 })).to.equal(30_000);
  });

  it('needs nobody who tells of recoveries', async () => {
    deps = { deadlines: deps.deadlines, random: deps.random };
    expect(await waited(unsent, { recovers: 3_000 })).to.equal(30_000);
  });

  it('is over when the daemon stops', async () => {
    expect(await waited(unsent, { stops: 2_000 })).to.equal(2_000);
    expect(recovered.observed).to.equal(false);
  });

  it('is over at once when the daemon has stopped', async () => {
    stop.abort();
    expect(await waited(unsent)).to.equal(0);
  });
});

describe('an outage of the platform', () => {
  /** The hosts cannot be reached for 100 s, while two wishes wait. */
  async function outage(known: boolean): Promise<{ end: () => void; homeAfter: (ms: number) => Promise<number> }> {
    const recovered = new Subject<void>();
    let fate: Fate = { kind: 'unsent' };
    // 100 s are in the middle of a wait of 27 s
    const house = new Writing({ fate: () => fate, recovered, random: () => 0.9 });
    if (known) await house.known();
    const intents = [await house.wish({ tier: 'gold' }), await house.wish({ case: '7' })];
    await house.clock.advance(100_000);
    return {
      end: () => {
        fate = { kind: 'served' };
        recovered.next();
      },
      homeAfter: async (ms) => {
        await house.clock.advance(ms);
        return intents.filter((intent) => house.state(intent) === 'applied').length;
      },
    };
  }

  for (const known of [true, false]) {
    it(`ends for writes of a call that is ${known ? 'known' : 'not known yet'} half a second after the platform is there`, async () => {
      const { end, homeAfter } = await outage(known);
      expect(await homeAfter(0)).to.equal(0);
      end();
      // and what of the adaptive policy's wait is left for a call that was read just now
      expect(await homeAfter(known ? 500 : 700)).to.equal(2);
    });
  }
});
