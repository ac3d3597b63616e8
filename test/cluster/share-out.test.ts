import { expect } from 'chai';
import fc from 'fast-check';
import { partitionOf } from '../../src/cluster/partitions.js';
import { inOwnOrder, quotas, type Holder } from '../../src/cluster/share-out.js';

const holders = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1, maxLength: 5 }), able: fc.boolean(), holds: fc.nat(70) }), {
  selector: ({ name }) => name,
  minLength: 1,
  maxLength: 9,
});

/** What all members together have to give away so that each holds its quota. */
function moves(members: readonly Holder[], quota: ReadonlyMap<string, number>): number {
  return members.reduce((sum, { name, holds }) => sum + Math.max(0, holds - (quota.get(name) ?? 0)), 0);
}

describe('sharing out', () => {
  it('gives all away, the same to each that is able but for one, and nothing to who is not', () => {
    fc.assert(
      fc.property(holders, fc.nat(200), (members, count) => {
        const quota = quotas(members, count);
        expect([...quota.values()].reduce((sum, each) => sum + each, 0)).to.equal(count);
        const able = members.filter((member) => member.able);
        const sharing = able.length > 0 ? able : members;
        const shares = sharing.map(({ name }) => quota.get(name) ?? NaN);
        expect(Math.max(...shares) - Math.min(...shares)).to.be.at.most(1);
        for (const { name } of members) if (!sharing.some((member) => member.name === name)) expect(quota.get(name)).to.equal(0);
      }),
    );
  });

  it('moves as few as can be: no other balanced sharing moves fewer', () => {
    fc.assert(
      fc.property(holders, (members) => {
        const count = members.reduce((sum, { holds }) => sum + holds, 0);
        const able = members.filter((member) => member.able);
        const sharing = able.length > 0 ? able : members;
        const each = Math.floor(count / sharing.length);
        const more = count - each * sharing.length;
        // those that get one more are chosen in every way that there is
        const least = Math.min(
          ...choices(sharing, more).map((chosen) =>
            moves(members, new Map(sharing.map((member) => [member.name, each + (chosen.includes(member) ? 1 : 0)]))),
          ),
        );
        expect(moves(members, quotas(members, count))).to.equal(least);
      }),
    );
  });

  it('moves nothing where all is shared out already', () => {
    fc.assert(
      fc.property(holders, fc.nat(200), (members, count) => {
        const quota = quotas(members, count);
        const settled = members.map((member) => ({ ...member, holds: quota.get(member.name) ?? 0 }));
        expect(quotas(settled, count)).to.deep.equal(quota);
      }),
    );
  });

  it('moves to a newcomer what is due to it, and nothing else', () => {
    const quota = quotas(
      [
        { name: 'a', able: true, holds: 32 },
        { name: 'b', able: true, holds: 32 },
        { name: 'c', able: true, holds: 0 },
      ],
      64,
    );
    expect([...quota.values()].sort()).to.deep.equal([21, 21, 22]);
    expect(quota.get('c')).to.equal(21);
  });

  it('lets members begin with different ones', () => {
    const things = Array.from({ length: 64 }, (_, index) => index);
    const [one, other] = ['vm-1', 'vm-2'].map((name) => inOwnOrder(things, name));
    expect(one).to.have.members(things);
    expect(one?.slice(0, 8)).not.to.deep.equal(other?.slice(0, 8));
  });
});

describe('partitions', () => {
  it('spread conversations evenly, and the same on every instance', () => {
    const counts = new Array<number>(64).fill(0);
    const ids = 64_000;
    for (let id = 0; id < ids; id += 1) {
      const partition = partitionOf(`0000${id.toString(16)}-6f6e-4f6e-8a8a-0123456789ab`, 64);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    // 1,000 each; six standard deviations
    expect(Math.min(...counts)).to.be.above(1_000 - 190);
    expect(Math.max(...counts)).to.be.below(1_000 + 190);
    expect(partitionOf('9f1c5a7e-0000-4000-8000-000000000001', 64)).to.equal(partitionOf('9f1c5a7e-0000-4000-8000-000000000001', 64));
  });
});

function choices<T>(from: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return from.flatMap((first, index) => choices(from.slice(index + 1), count - 1).map((rest) => [first, ...rest]));
}
