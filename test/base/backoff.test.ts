import { expect } from 'chai';
import fc from 'fast-check';
import { fullJitter } from '../../src/base/backoff.js';

const base = 500;
const cap = 30_000;

describe('full jitter', () => {
  it('never waits longer than the cap, nor than the base doubled once a failure', () => {
    fc.assert(
      fc.property(
        fc.record({ base: fc.integer({ min: 1, max: 10_000 }), cap: fc.integer({ min: 1, max: 100_000 }) }),
        fc.nat({ max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (options, failures, drawn) => {
          const wait = fullJitter(options, failures, () => drawn);
          expect(wait).to.be.at.least(0);
          expect(wait).to.be.at.most(options.cap);
          expect(wait).to.be.at.most(options.base * 2 ** failures);
        },
      ),
    );
  });

  it('draws evenly: half of what was drawn is half of the longest wait', () => {
    expect(fullJitter({ base, cap }, 0, () => 0.5)).to.equal(250);
    expect(fullJitter({ base, cap }, 3, () => 0.5)).to.equal(2_000);
    expect(fullJitter({ base, cap }, 20, () => 0.5)).to.equal(15_000);
  });

  it('may be no wait at all, so that clients that failed together spread from the first moment on', () => {
    expect(fullJitter({ base, cap }, 9, () => 0)).to.equal(0);
  });

  it('stays a number after more failures than a double can double', () => {
    expect(fullJitter({ base, cap }, 100_000, () => 0.5)).to.equal(15_000);
  });
});
