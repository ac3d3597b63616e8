import { expect } from 'chai';
import { afterLoss, begunIn, fewestMoves, LeaseHistory, moved } from './lease-history.js';
import type { Line } from './instance.js';

const ttl = 2_000;
const needed = 666;

/** The lease of partition 7 as the engine had it. */
function history(...changes: [at: number, revision: number, by: string | undefined, session?: string][]): LeaseHistory {
  const recorded = new LeaseHistory(ttl);
  for (const [at, revision, by, session = by] of changes)
    recorded.see({ key: 'partition.7', value: by === undefined ? undefined : JSON.stringify({ by, session }), revision }, at);
  recorded.see({ key: 'member.a', value: '{}', revision: 1_000 }, 0);
  return recorded;
}

const write = (instance: string, fence: number | undefined, at: number, leaseLeftMs: number | undefined = 1_000) => ({
  ...{ instance, partition: 7, fence, at, leaseLeftMs },
});

const line = (event: string, fields: Record<string, unknown> = {}): Line => ({ event, at: 0, ...fields });

describe('the history of leases', () => {
  const faults: [what: string, begun: ReturnType<typeof write>, why: string | undefined][] = [
    ['within it', write('a', 1, 1_000), undefined],
    ['within a renewal of it', write('a', 1, 2_900), undefined],
    ['after its end, before the next owner', write('a', 1, 3_100), '2100 ms after it was last renewed'],
    ['after somebody else has it', write('a', 1, 4_001), '1 ms after b had it'],
    ['by the next owner', write('b', 3, 4_001), undefined],
    ['after it was given back', write('b', 3, 5_002), '2 ms after it was given back'],
    ['by the same instance, started anew', write('b', 5, 6_001), undefined],
    ['under the fence of an earlier run', write('b', 3, 6_001), '1001 ms after it was given back'],
    ['with too little left', write('a', 1, 1_000, 600), 'only 600 ms of the lease were left'],
    ['without a fence', write('a', undefined, 1_000), 'it names no fence'],
    ['under the fence of another one', write('b', 1, 1_000), 'the fence is a’s'],
    ['under a fence that there never was', write('a', 99, 1_000), 'nobody saw that fence'],
  ];
  for (const [what, begun, why] of faults)
    it(`${why === undefined ? 'has nothing against' : 'tells of'} a write ${what}`, () => {
      const recorded = history([0, 1, 'a'], [1_000, 2, 'a'], [4_000, 3, 'b'], [5_000, 4, undefined], [6_000, 5, 'b', 'b2']);
      expect(recorded.unleased([begun], needed).map((each) => each.why)).to.deep.equal(why === undefined ? [] : [why]);
    });

  it('knows who owns what, until a lease has aged out', () => {
    const recorded = history([0, 1, 'a'], [4_000, 3, 'b'], [5_000, 4, undefined], [4_000, 3, 'b']);
    expect([1_999, 2_000, 4_000, 5_000].map((at) => recorded.owners(at).get(7))).to.deep.equal(['a', undefined, 'b', undefined]);
  });

  it('reads writes from a log, and those that came after the instance had told its loss', () => {
    const sent = (fence: number): Line => line('write.sent', { conversationId: 'c', fence, leaseLeftMs: 900 });
    const lines = [
      line('cluster.acquired', { partitions: [7], fences: [1] }),
      sent(1),
      line('cluster.lost', { partitions: [7], fences: [1] }),
      sent(1),
      line('cluster.acquired', { partitions: [7], fences: [9] }),
      sent(9),
    ];
    expect(begunIn('a', lines, () => 7)).to.have.length(3);
    expect(begunIn('a', lines, () => 7)[0]).to.deep.equal({ instance: 'a', partition: 7, fence: 1, leaseLeftMs: 900, at: 0 });
    expect(afterLoss(lines)).to.deep.equal([lines[3]]);
  });

  it('knows how few moves make it even', () => {
    const owners = new Map(Array.from({ length: 64 }, (_, partition) => [partition, ['a', 'b', 'c'][partition % 3] ?? '']));
    expect(fewestMoves(owners, ['a', 'b', 'c'], 64)).to.equal(0);
    expect(fewestMoves(owners, ['a', 'b', 'c', 'd'], 64)).to.equal(16);
    expect(fewestMoves(owners, ['b', 'c'], 64)).to.equal(22);
    expect(fewestMoves(new Map(), ['a'], 64)).to.equal(64);
    expect(moved(owners, new Map([...owners].map(([partition, owner]) => [partition, partition < 5 ? 'd' : owner])))).to.equal(5);
  });
});
