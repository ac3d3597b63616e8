import { expect } from 'chai';
import fc from 'fast-check';
import { pick, platformClaim, type Claim } from '../../src/genesys/scheduler.js';

const now = 100_000;
const window = 60_000;

/** 10 calls are left, and the next window opens in 20 s with 50. */
const supply = { now, left: 10, opensAt: now + 20_000, next: 50 };

type Call = Parameters<typeof pick>[0][number] & { name: string };

const call = (name: string, claim: Partial<Claim> = {}, calls = 1): Call => ({
  name,
  calls,
  claim: { rank: 'usual', since: now, size: 1, conflicts: 0, ...claim },
});

const overload = { ...supply, left: 0, next: 0 };

const anyClaim = fc.record({
  since: fc.integer({ min: now - 29_000, max: now }),
  size: fc.integer({ min: 1, max: 50 }),
  conflicts: fc.nat(20),
});

const nextOf = (waiting: readonly Call[], given = supply): Call | undefined => pick(waiting, given)?.next;

describe('pick', () => {
  it('picks nobody where nobody waits', () => {
    expect(pick<Call>([], supply)).to.equal(undefined);
  });

  it('picks token and channel calls first, then what ends, each in the order of asking', () => {
    const waiting = [
      call('usual', { since: 0, size: 99 }),
      call('e1', { rank: 'ending' }),
      call('e2', { rank: 'ending', since: 0, size: 9 }),
      call('p1', platformClaim()),
      call('p2', platformClaim()),
    ];
    const order: string[] = [];
    for (let next = nextOf(waiting); next !== undefined; next = nextOf(waiting)) {
      order.push(next.name);
      waiting.splice(waiting.indexOf(next), 1);
    }
    expect(order).to.deep.equal(['p1', 'p2', 'e1', 'e2', 'usual']);
  });

  it('picks the earliest deadline among usual ones while all can be met, whatever a call would finish', () => {
    fc.assert(
      fc.property(fc.array(anyClaim, { minLength: 1, maxLength: 10 }), (claims) => {
        const picked = nextOf(claims.map((claim) => call('', claim)));
        expect(picked?.claim.since).to.equal(Math.min(...claims.map(({ since }) => since)));
      }),
    );
  });

  it('picks in overload what finishes most', () => {
    const waiting = [
      call('old', { since: now - 20_000, size: 2 }),
      call('large', { size: 8 }),
      call('refused', { size: 20, conflicts: 2 }),
    ];
    expect(nextOf(waiting)?.name).to.equal('old');
    expect(nextOf(waiting, overload)?.name).to.equal('large');
  });

  it('settles ties by the order of asking, whether it is overload or not', () => {
    for (const each of [supply, overload]) expect(nextOf([call('first'), call('second')], each)?.name).to.equal('first');
  });

  it('counts in overload each minute of age as much as one wish', () => {
    const waiting = [call('four', { size: 4, since: now }), call('aged', { size: 3, since: now - 59_999 })];
    expect(nextOf(waiting, overload)?.name).to.equal('four');
    waiting.push(call('older', { size: 3, since: now - 60_001 }));
    expect(nextOf(waiting, overload)?.name).to.equal('older');
  });

  describe('takes for overload', () => {
    const isOverload = (others: Call[], given: Partial<typeof supply> = {}): boolean | undefined =>
      pick([call('one'), call('two'), ...others], { ...supply, ...given })?.overload;
    const many = (count: number, claim: Partial<Claim> = {}): Call[] => Array.from({ length: count }, () => call('other', claim));

    it('more calls that are due in this window than are left in it', () => {
      expect(isOverload(many(10, { since: now - 11_000 }))).to.equal(false);
      expect(isOverload(many(11, { since: now - 11_000 }))).to.equal(true);
      expect(isOverload(many(11, { since: now - 9_000 }))).to.equal(false);
    });

    it('more calls than are left in this window and the next', () => {
      expect(isOverload(many(58))).to.equal(false);
      expect(isOverload(many(59))).to.equal(true);
      expect(isOverload([call('pair', {}, 2), ...many(57)])).to.equal(true);
    });

    it('a call that is due already', () => {
      expect(isOverload(many(1, { since: now - 30_000 }), { left: 1 })).to.equal(false);
      expect(isOverload(many(1, { since: now - 30_001 }), { left: 1 })).to.equal(true);
    });
  });

  it('lets none starve: whoever gets few wishes and many conflicts is picked again and again', () => {
    const one = fc.record({ wishesAWindow: fc.integer({ min: 1, max: 20 }), conflicts: fc.nat(10) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (conversations, limit) => {
        const served = conversations.map(() => 0);
        const since = conversations.map(() => 0);
        for (let time = 0; time < 200 * window; time += window) {
          const waiting = conversations.map(({ wishesAWindow, conflicts }, index) => ({
            index,
            calls: 1,
            claim: { rank: 'usual' as const, since: since[index]!, size: wishesAWindow, conflicts },
          }));
          for (let left = limit; left > 0; left -= 1) {
            const next = pick(waiting, { now: time, left, opensAt: time + window, next: limit })?.next;
            if (next === undefined) break;
            waiting.splice(waiting.indexOf(next), 1);
            served[next.index]! += 1;
            since[next.index] = time;
          }
        }
        expect(Math.min(...served)).to.be.at.least(2);
      }),
    );
  });
});
