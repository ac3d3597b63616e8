import { expect } from 'chai';
import { Tally } from '../../src/recording/tally.js';

describe('Tally', () => {
  const wish = { at: '', participantId: 'p', purpose: undefined, attributes: {} };

  it('keeps conversations and wishes within limits, and counts all', () => {
    const tally = new Tally([{ name: 'r' }]);
    for (let n = 0; n < 10_100; n += 1) tally.of(`c${n}`, 'r').wish(wish);
    for (let n = 0; n < 300; n += 1) tally.of('c0', 'r').wish(wish);
    expect(tally.conversations).to.have.length(10_000);
    expect(tally.of('c0', 'r').wishes).to.have.length(200);
    expect(tally.of('c0', 'r').figures.wished).to.equal(301);
    expect(tally.totals[0]?.wished).to.equal(10_400);
  });

  it('forgets what came to nothing', () => {
    const tally = new Tally([{ name: 'r' }]);
    tally.of('quiet', 'r').evaluate();
    tally.hold('loud', 'r');
    tally.holding('loud')?.leave({ why: 'undefined', keys: ['a'] });
    for (const id of ['quiet', 'loud', 'unknown']) tally.forget(id);
    expect(tally.conversations.map(({ id }) => id)).to.deep.equal(['loud']);
    expect(tally.holding('loud')).to.equal(undefined);
    expect(tally.of('quiet', 'r').figures.evaluated).to.equal(0);
    expect(tally.totals[0]?.evaluated).to.equal(1);
  });
});
