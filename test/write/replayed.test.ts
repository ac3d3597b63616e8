import { expect } from 'chai';
import fc from 'fast-check';
import { replayed } from '../../src/write/replayed.js';
import type { Waits } from '../../src/write/waits.js';

/** Every event was 50 ms on its way, and every request 30 ms each way. */
const delays = { ofEvent: () => 50, ofWay: () => 30 };

const atOnce: Waits = { fromEvent: 1, sinceStart: 0, sinceLast: 0 };

/** The cost of an update that is wished at the first event, or at another. */
const costOf = (events: { at: number; order: number }[], waits: Waits, random = 0): number =>
  replayed(events, { random: () => random, delays }).costOf(waits);

const inTurn = (...times: number[]): { at: number; order: number }[] => times.map((at, order) => ({ at, order }));

describe('a replayed burst', () => {
  it('costs one request and its way where nothing comes in between', () => {
    expect(costOf(inTurn(0), atOnce)).to.equal(30 + 100);
    expect(costOf(inTurn(0), { fromEvent: 1, sinceStart: 400, sinceLast: 80 })).to.equal(80 + 30 + 100);
    expect(costOf(inTurn(0), { fromEvent: 1, sinceStart: 40, sinceLast: 80 })).to.equal(40 + 30 + 100);
    expect(costOf(inTurn(0), { fromEvent: 2, sinceStart: 400, sinceLast: 80 }), 'a single event').to.equal(30 + 100);
  });

  it('costs a request more for each conflict, and goes on at once with what its answer told', () => {
    // the second happened at 20 and came at 70: the first request is at the server at 30
    expect(costOf(inTurn(0, 70), atOnce)).to.equal(60 + 30 + 200);
    // it happened at 40, and the second request went at 60
    expect(costOf(inTurn(0, 90), atOnce)).to.equal(30 + 100);
    // waiting is cheaper where more follow
    const burst = inTurn(0, 70, 130, 190);
    expect(costOf(burst, atOnce)).to.equal(180 + 30 + 400);
    expect(costOf(burst, { fromEvent: 1, sinceStart: 250, sinceLast: 250 })).to.equal(250 + 30 + 100);
  });

  it('has its wish at an event that told something new, never at one that was overtaken', () => {
    const events = [
      { at: 0, order: 1 },
      { at: 100, order: 5 },
      { at: 150, order: 3 },
    ];
    expect(replayed(events, { random: () => 0.99, delays }).wishes).to.equal(2);
    expect(costOf(events, atOnce, 0.99), 'at 100, and the overtaken one had happened').to.equal(130);
  });

  it('costs at least one request and its way, and never more than thirty requests', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 60 })), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.record({ fromEvent: fc.integer({ min: 1, max: 3 }), sinceStart: fc.nat(800), sinceLast: fc.nat(200) }),
        (drawn, random, waits) => {
          let at = 0;
          const events = drawn.map(([gap, order]) => ({ at: (at += gap), order }));
          const { wishes, costOf: cost } = replayed(events, { random: () => random, delays });
          expect(wishes).to.be.within(1, events.length);
          expect(cost(waits)).to.be.within(130, waits.sinceStart + 120 * 60 + 30 * 160);
          expect(cost(waits), 'the same each time').to.equal(cost(waits));
        },
      ),
    );
  });
});
