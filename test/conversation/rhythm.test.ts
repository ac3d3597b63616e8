import { expect } from 'chai';
import fc from 'fast-check';
import { expectedConflicts, noEvents, regimeOf, withEvent, type Rhythm } from '../../src/conversation/rhythm.js';
import { profiles, waits, type Churn } from '../../src/simulator/calls/profile.js';
import { Random } from '../../src/simulator/random.js';

/** The rhythm of a call that has moved so for a time, and when the last event came. */
function lived(churn: Churn, seed: number, ms: number): { rhythm: Rhythm; now: number } {
  let [rhythm, now] = [noEvents, 0];
  for (const wait of waits(churn, new Random(seed))) {
    if (now + wait > ms) break;
    now += wait;
    rhythm = withEvent(rhythm, now);
  }
  return { rhythm, now };
}

/** Share of seeds for which a call that has moved so for a minute is taken for steady. */
function shareSteady(churn: Churn): number {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed + 1);
  const steady = seeds.filter((seed) => {
    const { rhythm, now } = lived(churn, seed, 60_000);
    return regimeOf(rhythm, now) === 'steady';
  });
  return steady.length / seeds.length;
}

describe('the rhythm of events', () => {
  it('tells steady churn from bursts in at least 19 of 20 calls', () => {
    for (const perSecond of [2, 5, 10, 20])
      expect(shareSteady({ kind: 'steady', perSecond }), `${perSecond} a second`).to.be.at.least(0.95);
    expect(shareSteady(profiles.bursty)).to.be.at.most(0.05);
  });

  it('says nothing before enough was seen: of a new call, and of one in which hardly anything has happened', () => {
    const { rhythm, now } = lived({ kind: 'steady', perSecond: 20 }, 1, 2_000);
    expect(regimeOf(rhythm, now)).to.equal('new');
    expect(regimeOf(withEvent(noEvents, 0), 3_900)).to.equal('new');
    expect(regimeOf(withEvent(noEvents, 0), 10_000)).to.equal('calm');
  });

  it('sees a burst in a call that was steady while it goes on', () => {
    const single = Array.from({ length: 20 }, (_, index) => 1_000 * index);
    const burst = Array.from({ length: 8 }, (_, index) => 20_600 + 20 * index);
    const regimes = [...single, ...burst].map((_, index, all) => {
      const rhythm = all.slice(0, index + 1).reduce(withEvent, noEvents);
      return regimeOf(rhythm, rhythm.lastEvent);
    });
    expect(regimes.slice(10, 21)).to.deep.equal(Array.from({ length: 11 }, () => 'steady'));
    expect(regimes.at(-1)).to.equal('bursty');
  });

  it('tells the conflicts that a write has to expect: the more, the oftener events came', () => {
    const at = (perSecond: number): number => {
      const { rhythm, now } = lived({ kind: 'steady', perSecond }, 1, 60_000);
      return expectedConflicts(rhythm, now);
    };
    expect(expectedConflicts(noEvents, 5_000)).to.equal(0);
    expect(at(0.5)).to.be.within(0, 0.15);
    expect(at(5), 'e^(5 × 0.09) − 1').to.be.within(0.35, 0.9);
    expect(at(20), 'e^(20 × 0.09) − 1').to.be.within(3.5, 7.5);
    const { rhythm, now } = lived({ kind: 'steady', perSecond: 20 }, 1, 60_000);
    expect(expectedConflicts(rhythm, now, 'answer'), 'an answer is newer').to.be.within(2, at(20) - 1);
  });

  it('lets a burst begin with the first event after a pause', () => {
    const rhythm = [1_000, 1_050, 1_100, 1_900, 1_950].reduce(withEvent, noEvents);
    expect(rhythm).to.include({ burstStart: 1_900, inBurst: 2, lastEvent: 1_950 });
  });

  it('counts closed windows as if each had been closed by itself, however long the pause', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 30 }), (gaps) => {
        let [rhythm, now] = [noEvents, 0];
        const counts: number[] = [];
        for (const gap of gaps) {
          now += gap;
          rhythm = withEvent(rhythm, now);
          const window = Math.floor(now / 500);
          counts[window] = (counts[window] ?? 0) + 1;
        }
        // windows without an event are holes in the array
        const whole = Array.from(counts, (count: number | undefined) => count ?? 0);
        const closed = whole.slice(
          whole.findIndex((count) => count > 0),
          -1,
        );
        const faded = (value: (count: number) => number): number => closed.reduce((sum, count) => sum * 0.98 + value(count), 0);
        expect(rhythm.windows).to.be.closeTo(
          faded(() => 1),
          1e-6,
        );
        expect(rhythm.sum).to.be.closeTo(
          faded((count) => count),
          1e-6,
        );
        expect(rhythm.squares).to.be.closeTo(
          faded((count) => count * count),
          1e-6,
        );
      }),
    );
  });
});
