import { expect } from 'chai';
import fc from 'fast-check';
import { Random, type Range } from '../../src/simulator/random.js';

const seeds = fc.integer();
const range = fc.tuple(fc.nat(1_000), fc.nat(1_000)).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);

const draws = (random: Random, count = 10): number[] => Array.from({ length: count }, () => random.next());

describe('random numbers of the simulator', () => {
  it('are the same for the same seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [one, two] = [new Random(seed), new Random(seed)];
        expect(draws(one)).to.deep.equal(draws(two));
        expect(one.uuid()).to.equal(two.uuid());
        expect(one.lognormal(50, 0.5, [0, 1_000])).to.equal(two.lognormal(50, 0.5, [0, 1_000]));
      }),
    );
  });

  it('differ for different seeds', () => {
    fc.assert(
      fc.property(seeds, seeds, (one, two) => {
        fc.pre(one !== two);
        expect(draws(new Random(one))).not.to.deep.equal(draws(new Random(two)));
      }),
    );
  });

  it('stay in their ranges', () => {
    fc.assert(
      fc.property(seeds, range, (seed, bounds) => {
        const random = new Random(seed);
        const [least, most] = bounds;
        expect(random.next()).to.be.within(0, 1).and.not.equal(1);
        expect(random.int(bounds)).to.be.within(least, most).and.satisfy(Number.isInteger);
        expect(random.between(bounds)).to.be.within(least, most);
        expect(random.lognormal((least + most) / 2, 1, bounds)).to.be.within(least, most);
        expect(random.exponential(10)).to.be.at.least(0).and.satisfy(Number.isFinite);
        expect(random.pick([1, 2, 3])).to.be.oneOf([1, 2, 3]);
      }),
    );
  });

  it('reach both bounds of a range of whole numbers', () => {
    const random = new Random(1);
    expect(new Set(Array.from({ length: 100 }, () => random.int([2, 4])))).to.deep.equal(new Set([2, 3, 4]));
  });

  it('say yes as often as they are asked to', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        expect(random.chance(0)).to.be.false;
        expect(random.chance(1)).to.be.true;
      }),
    );
    const random = new Random(1);
    expect(Array.from({ length: 2_000 }, () => random.chance(0.25)).filter(Boolean).length).to.be.within(400, 600);
  });

  it('have the means that they are asked for', () => {
    const random = new Random(1);
    const mean = (draw: () => number): number => Array.from({ length: 5_000 }, draw).reduce((sum, value) => sum + value, 0) / 5_000;
    expect(mean(() => random.exponential(20))).to.be.within(18, 22);
    const sorted = Array.from({ length: 5_000 }, () => random.lognormal(50, 0.5, [0, 10_000])).sort((a, b) => a - b);
    expect(sorted[2_500]).to.be.within(46, 54);
  });

  it('fork into streams that do not shift one another', () => {
    fc.assert(
      fc.property(seeds, fc.nat(100), fc.nat(20), (seed, part, drawn) => {
        const calm = new Random(seed);
        const busy = new Random(seed);
        draws(busy, drawn);
        draws(busy.fork(part + 1), drawn);
        expect(draws(busy.fork(part))).to.deep.equal(draws(calm.fork(part)));
        expect(draws(calm.fork(part))).not.to.deep.equal(draws(calm.fork(part + 1)));
      }),
    );
  });

  it('make UUIDs that do not come again', () => {
    const random = new Random(1);
    const made = Array.from({ length: 1_000 }, () => random.uuid());
    expect(new Set(made).size).to.equal(1_000);
    for (const uuid of made) expect(uuid).to.match(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
  });

  it('cannot pick from nothing', () => {
    expect(() => new Random(1).pick([])).to.throw();
  });
});
