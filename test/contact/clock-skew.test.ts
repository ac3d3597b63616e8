import { expect } from 'chai';
import fc from 'fast-check';
import { ClockSkew } from '../../src/contact/clock-skew.js';

describe('ClockSkew', () => {
  it('knows nothing before an answer with a date', () => {
    const skew = new ClockSkew();
    skew.learn({ date: undefined, sent: 0, received: 1 });
    skew.learn({ date: 'yesterday', sent: 0, received: 1 });
    expect(skew.bounds).to.equal(undefined);
  });

  it('has the real skew within its bounds, whatever the answers took, and never widens them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -10_000_000, max: 10_000_000 }),
        fc.array(fc.record({ at: fc.nat(100_000), up: fc.nat(3_000), down: fc.nat(3_000) }), { minLength: 1, maxLength: 20 }),
        (ahead, answers) => {
          const skew = new ClockSkew();
          let width = Infinity;
          for (const { at, up, down } of answers) {
            const sent = 1_700_000_000_000 + at;
            const date = new Date(sent + up + ahead).toUTCString();
            skew.learn({ date, sent, received: sent + up + down });
            const { least, most } = skew.bounds!;
            expect(ahead).to.be.within(least, most);
            expect(most - least).to.be.at.most(width);
            width = most - least;
          }
        },
      ),
    );
  });

  it('goes by the last answer where hosts behind one name disagree', () => {
    const skew = new ClockSkew();
    const sent = Date.parse('2026-01-01T00:00:00Z');
    skew.learn({ date: 'Thu, 01 Jan 2026 00:00:10 GMT', sent, received: sent });
    skew.learn({ date: 'Thu, 01 Jan 2026 00:00:00 GMT', sent, received: sent });
    expect(skew.bounds).to.deep.equal({ least: 0, most: 1_000 });
  });
});
