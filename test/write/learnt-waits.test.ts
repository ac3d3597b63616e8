import { expect } from 'chai';
import { Delays } from '../../src/conversation/delays.js';
import { noEvents, withEvent, type Rhythm } from '../../src/conversation/rhythm.js';
import { Random } from '../../src/simulator/random.js';
import { LearntWaits } from '../../src/write/learnt-waits.js';
import type { Waits } from '../../src/write/waits.js';

/** Twelve bumps within a time, as their events tell of them. */
function burst(random: Random, length: number): { at: number; order: number }[] {
  const bumps = Array.from({ length: 12 }, () => random.next() * length).sort((a, b) => a - b);
  return bumps.map((at, order) => ({ at: at + random.lognormal(50, 0.5, [20, 150]), order })).sort((a, b) => a.at - b.at);
}

/** What is learnt from so many bursts. */
function learnt(count: number, lengthOf: (random: Random) => number): LearntWaits {
  const random = new Random(3).fork(1);
  const waits = new LearntWaits({ random: () => random.next(), delays: new Delays() });
  for (let index = 0; index < count; index += 1) waits.learn({ regime: 'bursty', events: burst(random, lengthOf(random)) });
  return waits;
}

/** Calls that are known to move in bursts, to be steady, and not to have moved much. */
const at = (times: readonly number[]): Rhythm => times.reduce(withEvent, noEvents);
const bursty = at(Array.from({ length: 40 }, (_, index) => Math.floor(index / 10) * 8_000 + (index % 10) * 20));
const steady = at(Array.from({ length: 40 }, (_, index) => index * 800));

const of = (waits: LearntWaits, rhythm: Rhythm): Waits | undefined => waits.of(rhythm, rhythm.lastEvent);

describe('what is learnt of when to write', () => {
  it('is, of bursts of 300 ms, to wait until they are over', () => {
    const waits = of(
      learnt(400, () => 300),
      bursty,
    );
    expect(waits?.sinceStart).to.be.within(250, 350);
    expect(waits?.sinceLast).to.be.at.least(100);
  });

  it('is, of bursts of a second, to go at once: they are as steady churn', () => {
    expect(
      of(
        learnt(400, () => 1_000),
        bursty,
      ),
    ).to.include({ sinceStart: 0 });
  });

  it('is to go at once where single events are all that comes', () => {
    const waits = new LearntWaits({ random: () => 0.5, delays: new Delays() });
    for (let count = 0; count < 100; count += 1) waits.learn({ regime: 'bursty', events: [{ at: 0, order: 1 }] });
    expect(of(waits, bursty)).to.include({ sinceStart: 0 });
  });

  it('follows when bursts change', () => {
    const changed = learnt(1_500, () => 400);
    expect(of(changed, bursty)?.sinceStart).to.be.within(350, 500);
    const random = new Random(4).fork(1);
    for (let index = 0; index < 2_500; index += 1) changed.learn({ regime: 'bursty', events: burst(random, 200) });
    expect(of(changed, bursty)?.sinceStart).to.be.within(150, 250);
  }).timeout(60_000);

  it('counts for its kind of conversation only, and is nothing under steady churn', () => {
    const waits = new LearntWaits({ random: () => 0.5, delays: new Delays() });
    for (let count = 0; count < 100; count += 1) waits.learn({ regime: 'calm', events: [{ at: 0, order: 1 }] });
    expect(waits.of(at([0]), 10_000), 'calm').to.include({ sinceStart: 0 });
    expect(of(waits, at([0, 20, 40])), 'new').to.include({ sinceStart: 300 });
    expect(of(waits, bursty)).to.include({ sinceStart: 300 });
    expect(of(waits, steady)).to.equal(undefined);
  });

  it('is a guess before twenty bursts were seen', () => {
    expect(
      of(
        learnt(19, () => 700),
        bursty,
      ),
    ).to.deep.equal({ fromEvent: 2, sinceStart: 300, sinceLast: 100 });
  });
});
