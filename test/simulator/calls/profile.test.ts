import { expect } from 'chai';
import fc from 'fast-check';
import { profiles, waits, type Churn } from '../../../src/simulator/calls/profile.js';
import { Random } from '../../../src/simulator/random.js';

function take(churn: Churn, count: number, seed = 1): number[] {
  const taken: number[] = [];
  for (const wait of waits(churn, new Random(seed))) if (taken.push(wait) === count) break;
  return taken;
}

describe('churn profiles', () => {
  for (const [name, perSecond] of [
    ['calm', 0.1],
    ['steady', 5],
    ['storm', 20],
  ] as const) {
    it(`bump ${perSecond} times a second when ${name}`, () => {
      const mean = take(profiles[name], 5_000).reduce((sum, wait) => sum + wait, 0) / 5_000;
      expect(mean * perSecond).to.be.within(930, 1_070);
    });
  }

  it('bump in bursts with calm between when bursty', () => {
    const { bumps, calmMs } = profiles.bursty;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const starts = take(profiles.bursty, 200, seed).flatMap((wait, index) => (wait >= calmMs[0] ? [index] : []));
        expect(starts[0]).to.equal(0);
        for (let burst = 1; burst < starts.length; burst += 1) {
          expect(starts[burst]! - starts[burst - 1]!).to.be.within(bumps[0], bumps[1]);
        }
      }),
    );
  });

  it('keep a burst within its time', () => {
    const churn: Churn = { kind: 'bursty', bumps: [5, 20], withinMs: [300, 300], calmMs: [5_000, 5_000] };
    let within = 0;
    for (const wait of take(churn, 500)) {
      within = wait === 5_000 ? 0 : within + wait;
      expect(within).to.be.below(300);
    }
  });

  it('wait the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...Object.values(profiles)), (seed, churn) => {
        expect(take(churn, 30, seed)).to.deep.equal(take(churn, 30, seed));
      }),
    );
  });
});
