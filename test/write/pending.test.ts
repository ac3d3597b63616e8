import { expect } from 'chai';
import fc from 'fast-check';
import type { Wish } from '../../src/intent/intent.js';
import { attributesOf, Pending, wishesOf } from '../../src/write/pending.js';

const wish = (sequence: number, attributes: Record<string, string>): Wish => ({
  id: `w${sequence}`,
  sequence,
  conversationId: 'c',
  participant: { id: 'p' },
  attributes,
  acceptedAt: 0,
  state: 'accepted',
  attempts: 0,
});

const ends = (finished: readonly { wish: Wish; state: string }[]): string[] => finished.map(({ wish: { id }, state }) => `${id} ${state}`);

describe('pending wishes', () => {
  it('let the later acceptance win, whichever is added first', () => {
    const pending = new Pending();
    expect(ends(pending.add(wish(2, { a: '2' }), 'p'))).to.deep.equal([]);
    expect(ends(pending.add(wish(1, { a: '1' }), 'p'))).to.deep.equal(['w1 superseded']);
    expect(ends(pending.add(wish(3, { a: '3', b: '3' }), 'p'))).to.deep.equal(['w2 superseded']);
    expect(attributesOf(pending.batch())).to.deep.equal(new Map([['p', { a: '3', b: '3' }]]));
  });

  it('keep what is in flight until it is applied, and what replaced it meanwhile after that', () => {
    const pending = new Pending();
    pending.add(wish(1, { a: '1', b: '1' }), 'p');
    const sent = pending.batch();
    pending.add(wish(2, { a: '2' }), 'p');
    expect(ends(pending.end(sent, 'applied'))).to.deep.equal(['w1 applied']);
    expect(attributesOf(pending.batch())).to.deep.equal(new Map([['p', { a: '2' }]]));
    expect(pending.size).to.equal(1);
  });

  it('are worth the more the nearer they are to being late, and nothing then; what was opened again waits since then', () => {
    const pending = new Pending();
    pending.add({ ...wish(1, { a: '1' }), acceptedAt: 1_000 }, 'p');
    pending.add({ ...wish(2, { b: '2' }), acceptedAt: 2_000 }, 'p');
    pending.add({ ...wish(3, { c: '3' }), acceptedAt: 500, reopenedAt: 3_000 }, 'p');
    const worth = (now: number): number => pending.worth(now, 2_000);
    expect(worth(1_000), 'clocks may go back').to.equal(0);
    expect(worth(2_000)).to.equal(3 / 4);
    expect(worth(3_000)).to.equal(3 + 3 / 4);
    expect(worth(3_001)).to.be.closeTo(3 / 4, 0.01);
    expect(worth(5_000)).to.equal(3);
    expect(worth(5_001)).to.equal(0);
  });

  it('take out what already stands, key by key', () => {
    const pending = new Pending();
    pending.add(wish(1, { a: '1', b: '1' }), 'p');
    expect(
      ends(
        pending.end(
          pending.standing((_, key) => ({ a: '1', b: 'other' })[key]),
          'satisfied',
        ),
      ),
    ).to.deep.equal([]);
    expect(attributesOf(pending.batch())).to.deep.equal(new Map([['p', { b: '1' }]]));
    expect(ends(pending.end(pending.batch(), 'applied'))).to.deep.equal(['w1 applied']);
  });

  it('give one wish alone, and drop whole wishes', () => {
    const pending = new Pending();
    const [first, second] = [wish(1, { a: '1' }), wish(2, { b: '2' })];
    pending.add(first, 'p');
    pending.add(second, 'q');
    expect(wishesOf(pending.batch(second))).to.deep.equal([second]);
    pending.drop([second]);
    expect(wishesOf(pending.batch())).to.deep.equal([first]);
    expect(ends(pending.end(new Map([['q', new Map([['b', { value: '2', wish: second }]])]]), 'applied'))).to.deep.equal([]);
  });

  it('finish each wish exactly once, and lose none, in any order of adding and applying', () => {
    const step = fc.oneof(
      fc.record({ keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }) }),
      fc.constant('send' as const),
      fc.constant('applied' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
        const pending = new Pending();
        const finished: string[] = [];
        let sent = pending.batch();
        let count = 0;
        for (const each of [...steps, 'send' as const, 'applied' as const]) {
          if (each === 'send') sent = pending.batch();
          else if (each === 'applied') finished.push(...pending.end(sent, 'applied').map(({ wish: { id } }) => id));
          else
            finished.push(
              ...pending
                .add(wish(++count, Object.fromEntries(each.keys.map((key) => [key, String(count)]))), 'p')
                .map(({ wish: { id } }) => id),
            );
        }
        expect(pending.size).to.equal(0);
        expect(finished).to.have.members(Array.from({ length: count }, (_, index) => `w${index + 1}`));
        expect(finished).to.have.length(count);
      }),
    );
  });
});
