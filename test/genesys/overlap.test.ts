import { expect } from 'chai';
import fc from 'fast-check';
import { Overlap } from '../../src/genesys/overlap.js';

const event = (n: number, correlation = 'x'): Parameters<Overlap<string>['isFirst']>[0] => ({
  topicName: 'v2.x',
  eventBody: { n },
  metadata: { CorrelationId: correlation },
});

describe('the overlap of two channels', () => {
  it('hands an event on once, whichever tells it first and whatever its correlation id', () => {
    const overlap = new Overlap<string>();
    expect(overlap.isFirst(event(1, 'p'), 'old', ['new'], 0)).to.equal(true);
    expect(overlap.isFirst(event(1, 'q'), 'new', ['old'], 100)).to.equal(false);
    expect(overlap.isFirst(event(2), 'new', ['old'], 200)).to.equal(true);
    expect(overlap.isFirst(event(2), 'old', ['new'], 300)).to.equal(false);
  });

  it('hands the same on again when the same channel tells it again: that is no copy', () => {
    const overlap = new Overlap<string>();
    expect(overlap.isFirst(event(1), 'old', ['new'], 0)).to.equal(true);
    expect(overlap.isFirst(event(1), 'old', ['new'], 1)).to.equal(true);
    expect(overlap.isFirst(event(1), 'new', ['old'], 2)).to.equal(false);
    expect(overlap.isFirst(event(1), 'new', ['old'], 3)).to.equal(false);
    expect(overlap.isFirst(event(1), 'new', ['old'], 4)).to.equal(true);
  });

  it('drops the copy that comes when the other channel is closed, but not what comes long after', () => {
    const overlap = new Overlap<string>();
    overlap.isFirst(event(1), 'old', ['new'], 0);
    overlap.isFirst(event(2), 'old', ['new'], 0);
    expect(overlap.isFirst(event(1), 'new', [], 5_000)).to.equal(false);
    expect(overlap.isFirst(event(2), 'new', [], 5_001)).to.equal(true);
  });

  it('loses none and doubles none, however two channels deliver the same events', () => {
    const delay = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(fc.array(fc.record({ n: fc.nat(3), old: delay, new: delay }), { maxLength: 30 }), fc.nat(600), (events, closes) => {
        const overlap = new Overlap<string>();
        // published 20 ms apart; the old channel delivers until it is closed
        const arrivals = events
          .flatMap(({ n, ...delays }, index) => [
            { from: 'old', n, at: index * 20 + delays.old },
            { from: 'new', n, at: index * 20 + delays.new },
          ])
          .filter(({ from, at }) => from === 'new' || at < closes)
          .sort((a, b) => a.at - b.at);
        const handedOn = arrivals.filter(({ from, n, at }) =>
          overlap.isFirst(event(n), from, at < closes ? [from === 'old' ? 'new' : 'old'] : [], at),
        );
        const count = (all: readonly { n: number }[], n: number): number => all.filter((one) => one.n === n).length;
        for (let n = 0; n <= 3; n += 1) expect(count(handedOn, n)).to.equal(count(events, n));
      }),
    );
  });
});
