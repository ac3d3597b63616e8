import { expect } from 'chai';
import fc from 'fast-check';
import { assign, mostShards } from '../../src/genesys/assignment.js';

const topics = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `t${from + index}`);
const sizes = (shards: ReadonlyMap<number, readonly string[]>): number[] => [...shards.values()].map(({ length }) => length);

describe('the assignment of topics to channels', () => {
  it('fills channels of a thousand each', () => {
    const { shards, left } = assign(topics(2_500), new Map());
    expect(sizes(shards)).to.deep.equal([1_000, 1_000, 500]);
    expect(left).to.be.empty;
  });

  it('has one channel without topics too, and leaves out what no channel is left for', () => {
    expect(sizes(assign([], new Map()).shards)).to.deep.equal([0]);
    const { shards, left } = assign(topics(18_002), new Map());
    expect(shards.size).to.equal(mostShards);
    expect(left).to.deep.equal(['t18000', 't18001']);
  });

  it('moves nothing when one topic goes or comes', () => {
    const before = assign(topics(2_500), new Map()).shards;
    const fewer = assign(topics(2_499, 1), before).shards;
    expect(fewer.get(1)).to.deep.equal(topics(999, 1));
    expect(fewer.get(2)).to.deep.equal(before.get(2));
    expect(fewer.get(3)).to.deep.equal(before.get(3));
    const more = assign([...topics(2_499, 1), 'new'], fewer).shards;
    expect(more.get(1)).to.include('new');
    expect(more.get(3)).to.deep.equal(before.get(3));
  });

  it('gives a channel up that has none left, and takes its number again', () => {
    const before = assign(topics(2_500), new Map()).shards;
    const { shards } = assign(topics(1_500, 1_000), before);
    expect([...shards.keys()]).to.deep.equal([2, 3]);
    expect([...assign(topics(3_000), shards).shards.keys()].sort()).to.deep.equal([1, 2, 3]);
  });

  it('has each topic once, none too many, and moves none that stays', () => {
    const some = fc.uniqueArray(fc.nat(4_000), { maxLength: 60 }).map((list) => list.flatMap((n) => topics(60, n * 60)));
    fc.assert(
      fc.property(some, some, (first, second) => {
        const before = assign(first, new Map());
        const { shards, left } = assign(second, before.shards);
        const all = [...[...shards.values()].flat(), ...left];
        expect(all.sort()).to.deep.equal([...second].sort());
        expect(Math.max(0, ...sizes(shards))).to.be.at.most(1_000);
        for (const [number, there] of before.shards)
          for (const topic of there) if (second.includes(topic)) expect(shards.get(number)).to.include(topic);
      }),
      { numRuns: 20 },
    );
  });
});
