import { expect } from 'chai';
import fc from 'fast-check';
import { advance } from '../../src/conversation/advance.js';
import { normaliseConversation } from '../../src/conversation/normalise.js';
import { pack, unpack } from '../../src/conversation/packed.js';
import type { Snapshot } from '../../src/conversation/snapshot.js';

const states = ['alerting', 'connected', 'disconnected', 'terminated'];

/** One thing that happens in a call. */
type Step = { kind: 'join' } | { kind: 'move'; of: number } | { kind: 'set'; of: number; value: string };

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('join' as const) }),
    fc.record({ kind: fc.constant('move' as const), of: fc.nat(4) }),
    fc.record({ kind: fc.constant('set' as const), of: fc.nat(4), value: fc.constantFrom('a', 'b', 'c') }),
  ),
  { minLength: 1, maxLength: 12 },
);

/** The events of a call's history, each a whole snapshot as a feed tells it, of one shape. */
function historyOf(all: readonly Step[], shape: 'A' | 'B'): Snapshot[] {
  const participants: { id: string; at: number; value: string }[] = [{ id: 'p0', at: 0, value: '' }];
  return all.flatMap((step, index) => {
    const one = 'of' in step ? participants[step.of % participants.length] : undefined;
    if (step.kind === 'join') participants.push({ id: `p${participants.length}`, at: 0, value: '' });
    if (step.kind === 'move' && one !== undefined) one.at = Math.min(one.at + 1, states.length - 1);
    if (step.kind === 'set' && one !== undefined) one.value = step.value;
    const body = participants.map(({ id, at, value }) => {
      const times = { connectedTime: 't1', ...(at >= 2 ? { endTime: 't2' } : {}) };
      return {
        ...{ id, purpose: 'customer', attributes: { key: value }, ...times },
        ...(shape === 'A' ? { calls: [{ id: `${id}-leg`, state: states[at] }] } : { state: states[at] }),
      };
    });
    const snapshot = normaliseConversation({ id: 'c', participants: body }, 'calls');
    return snapshot === undefined ? [] : [{ ...snapshot, timestamp: 1_000 + index * 10 }];
  });
}

function taken(events: readonly Snapshot[]): Snapshot | undefined {
  let known: Snapshot | undefined;
  for (const event of events) known = advance(known, event).snapshot ?? known;
  return known;
}

/** What rules see, in an order of its own: who was told of first stands first. */
function sorted(snapshot: Snapshot | undefined): unknown {
  return [...(snapshot?.participants ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe('events that come unordered and more than once, with the time of their making', () => {
  for (const shape of ['A', 'B'] as const)
    it(`end in the same snapshot as in order, in shape ${shape}`, () => {
      fc.assert(
        fc.property(
          steps.chain((all) => {
            const history = historyOf(all, shape);
            const some = fc.array(fc.nat(history.length - 1), { maxLength: 6 });
            return fc.record({
              history: fc.constant(history),
              mixed: some.chain((again) =>
                fc.shuffledSubarray([...history.keys(), ...again.map((index) => index + history.length)], {
                  minLength: history.length + again.length,
                }),
              ),
            });
          }),
          ({ history, mixed }) => {
            const events = mixed.map((index) => history[index % history.length]).filter((event) => event !== undefined);
            expect(sorted(taken(events))).to.deep.equal(sorted(taken(history)));
          },
        ),
      );
    });

  it('take back nothing that goes both ways, and add what only goes forward', () => {
    const [first, second] = historyOf([{ kind: 'set', of: 0, value: 'a' }, { kind: 'join' }], 'B');
    const [third] = historyOf([{ kind: 'set', of: 0, value: 'b' }], 'B');
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are three events');
    const newest = { ...third, timestamp: 9_000 };
    const late = advance(newest, second);
    expect(late.outcome).to.equal('older');
    expect(late.snapshot?.participants.map(({ id, attributes }) => [id, attributes])).to.deep.equal([
      ['p0', { key: 'b' }],
      ['p1', { key: '' }],
    ]);
    expect(advance(newest, first)).to.deep.equal({ outcome: 'older' });
    expect(advance(newest, { ...second, timestamp: 9_000, participants: second.participants.slice(0, 1) })).to.deep.equal({
      outcome: 'duplicate',
    });
  });

  it('are known as of the later time when the same is told again, so that what lay between takes nothing back', () => {
    const [a] = historyOf([{ kind: 'set', of: 0, value: 'a' }], 'B');
    const [b] = historyOf([{ kind: 'set', of: 0, value: 'b' }], 'B');
    if (a === undefined || b === undefined) throw new Error('there are two events');
    const known = taken([
      { ...a, timestamp: 1_000 },
      { ...a, timestamp: 3_000 },
      { ...b, timestamp: 2_000 },
    ]);
    expect(known?.participants[0]?.attributes).to.deep.equal({ key: 'a' });
    expect(known?.timestamp).to.equal(3_000);
  });

  it('count by their versions where both have one, and as before where one tells no time', () => {
    const [a] = historyOf([{ kind: 'set', of: 0, value: 'a' }], 'B');
    const [b] = historyOf([{ kind: 'set', of: 0, value: 'b' }], 'B');
    if (a === undefined || b === undefined) throw new Error('there are two events');
    expect(advance({ ...a, version: 1, timestamp: 2_000 }, { ...b, version: 2, timestamp: 1_000 }).outcome).to.equal('newer');
    const { timestamp, ...untimed } = b;
    expect(timestamp).to.be.a('number');
    expect(advance({ ...a, timestamp: 2_000 }, untimed).outcome).to.equal('newer');
    expect(advance({ ...a, timestamp: 2_000 }, untimed).snapshot?.timestamp).to.equal(2_000);
  });

  it('are remembered with their time by a conversation that is kept small', () => {
    const [a] = historyOf([{ kind: 'set', of: 0, value: 'a' }], 'A');
    if (a === undefined) throw new Error('there is an event');
    expect(unpack(pack(a), 'c')).to.deep.equal(a);
  });
});
