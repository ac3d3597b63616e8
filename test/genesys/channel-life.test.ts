import { expect } from 'chai';
import fc from 'fast-check';
import { dueOf, lifeOf, renewed } from '../../src/genesys/channel-life.js';

const hour = 3_600_000;
const wall = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(wall + ms).toISOString();
const half = 1_800_000;

describe('the life of a channel', () => {
  it('ends with its own expiry or its token’s, and is replaced so long before', () => {
    const life = lifeOf({ expires: at(24 * hour), tokenEnds: 10_000 + 20 * hour }, { now: 10_000, wall });
    expect(dueOf(life, half)).to.deep.equal({ at: 10_000 + 19.5 * hour, what: 'rotate' });
    const sooner = lifeOf({ expires: at(2 * hour), tokenEnds: 10_000 + 2 * hour }, { now: 10_000, wall });
    expect(dueOf(sooner, half)).to.deep.equal({ at: 10_000 + 1.5 * hour, what: 'rotate' });
  });

  it('is renewed where the token outlives the channel, and replaced when that ends', () => {
    const life = lifeOf({ expires: at(24 * hour), tokenEnds: 48 * hour }, { now: 0, wall });
    expect(dueOf(life, half)).to.deep.equal({ at: 23.5 * hour, what: 'renew' });
    const again = renewed(life, 23.5 * hour);
    expect(dueOf(again, half)).to.deep.equal({ at: 47 * hour, what: 'rotate' });
  });

  it('is a day where nothing, or nothing that can be, is told', () => {
    for (const expires of [undefined, 'soon', at(-hour), at(100 * hour)])
      expect(dueOf(lifeOf({ expires, tokenEnds: undefined }, { now: 0, wall }), half)).to.deep.equal({ at: 23.5 * hour, what: 'rotate' });
  });

  it('is never left before its half, and never within a second of its beginning', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 48 * hour }),
        fc.integer({ min: 1, max: 48 * hour }),
        fc.nat(100 * hour),
        (own, token, before) => {
          const due = dueOf(lifeOf({ expires: at(own), tokenEnds: token }, { now: 0, wall }), before);
          const end = Math.min(own, token);
          expect(due.at).to.be.at.least(Math.max(1_000, end / 2));
          if (end > 2_000) expect(due.at).to.be.below(end + 1);
        },
      ),
    );
  });
});
