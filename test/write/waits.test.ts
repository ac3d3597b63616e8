import { expect } from 'chai';
import fc from 'fast-check';
import { waitUntil } from '../../src/write/waits.js';

const waits = { fromEvent: 2, sinceStart: 400, sinceLast: 100 };

describe('the wait in a burst', () => {
  it('is for less calm the longer the burst has lasted', () => {
    const at = (lastAt: number): number => waitUntil(waits, { startedAt: 1_000, lastAt, count: 5 });
    expect([1_000, 1_100, 1_200, 1_300, 1_400, 1_500].map((last) => at(last) - last)).to.deep.equal([100, 75, 50, 25, 0, -100]);
  });

  it('is none before the event from which on it counts as a burst, and none where going at once was learnt', () => {
    expect(waitUntil(waits, { startedAt: 1_000, lastAt: 1_000, count: 1 })).to.equal(-Infinity);
    const atOnce = { fromEvent: 1, sinceStart: 0, sinceLast: 0 };
    expect(waitUntil(atOnce, { startedAt: 1_000, lastAt: 1_000, count: 1 })).to.equal(-Infinity);
    expect(waitUntil(waits, { startedAt: -Infinity, lastAt: -Infinity, count: 5 }), 'nothing has happened').to.equal(-Infinity);
  });

  it('ends within its time since the burst began, and within its calm and quiet after the last event', () => {
    const time = fc.integer({ min: 0, max: 2_000 });
    fc.assert(
      fc.property(time, time, time, time, fc.integer({ min: 0, max: 300 }), (startedAt, lasted, sinceStart, sinceLast, quiet) => {
        const until = waitUntil({ fromEvent: 1, sinceStart, sinceLast }, { startedAt, lastAt: startedAt + lasted, count: 2 }, quiet);
        expect(until).to.be.at.most(startedAt + sinceStart);
        expect(until).to.be.at.most(startedAt + lasted + Math.min(sinceLast, quiet));
      }),
    );
  });
});
