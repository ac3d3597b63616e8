import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { OutboxFull } from '../../../src/intent/outbox.js';
import { Bench, ended, participant } from '../support/bench.js';

const update = (set: Record<string, string>, condition?: string) =>
  [{ name: 'follow', when: 'conversation.updated', if: condition, set }] as const;
const queue = (queueId?: string, more = {}) => participant('p1', 'customer', { queueId, ...more });

describe('rules on conversation.updated', () => {
  it('are evaluated on the first snapshot and on every newer one, and on no other', async () => {
    const bench = new Bench({ rules: update({ queue: 'participant.queueId', type: 'event.type' }) });
    await bench.tell([queue('q1')]);
    await bench.repeat();
    expect(await bench.tell([queue('q9')], { version: 0 })).to.equal('older');
    await bench.tell([queue('q2')]);
    expect(bench.wished).to.deep.equal([{ queue: 'q1', type: 'conversation.updated' }, { queue: 'q2' }]);
    expect(bench.wishes.every(({ firing }) => firing === undefined)).to.equal(true);
  });

  it('wish only the keys that differ from what they wished last, and nothing if none does', async () => {
    const bench = new Bench({ rules: update({ queue: 'participant.queueId', state: 'participant.state' }) });
    await bench.tell([queue('q1')]);
    await bench.tell([queue('q1', { dnis: '1' })]);
    await bench.tell([queue('q2', { dnis: '1' })]);
    await bench.tell([queue('q2', { dnis: '2' })]);
    expect(bench.wished).to.deep.equal([{ queue: 'q1', state: 'connected' }, { queue: 'q2' }]);
  });

  it('wish a value again that was replaced meanwhile', async () => {
    const bench = new Bench({ rules: update({ queue: 'participant.queueId' }) });
    for (const id of ['q1', 'q2', 'q1']) await bench.tell([queue(id)]);
    expect(bench.wished).to.deep.equal([{ queue: 'q1' }, { queue: 'q2' }, { queue: 'q1' }]);
  });

  it('remember a key that they left alone for a while', async () => {
    const bench = new Bench({ rules: update({ a: "participant.queueId = 'q2' ? $undefined : 'stays'", b: 'participant.queueId' }) });
    for (const id of ['q1', 'q2', 'q3']) await bench.tell([queue(id)]);
    expect(bench.wished).to.deep.equal([{ a: 'stays', b: 'q1' }, { b: 'q2' }, { b: 'q3' }]);
  });

  it('wish nothing where the condition is not met', async () => {
    const bench = new Bench({ rules: update({ queue: 'participant.queueId' }, "participant.queueId = 'q2'") });
    for (const id of ['q1', 'q2', 'q3']) await bench.tell([queue(id)]);
    expect(bench.wished).to.deep.equal([{ queue: 'q2' }]);
  });

  it('wait for write.participant, and write to whoever is it by then', async () => {
    const bench = new Bench({ rules: update({ who: 'participant.id' }) });
    await bench.tell([participant('p2', 'agent')]);
    expect(bench.wishes).to.be.empty;
    await bench.tell([participant('p2', 'agent'), participant('p1')]);
    await bench.tell([participant('p2', 'agent'), ended(participant('p1')), participant('p3')]);
    expect(bench.wishes.map((wish) => wish.participant)).to.deep.equal([{ id: 'p1' }, { id: 'p3' }]);
  });

  it('wish the same again for another participant, as it was never wished for that one', async () => {
    const bench = new Bench({ rules: update({ tier: "'gold'" }) });
    await bench.tell([participant('p1')]);
    await bench.tell([ended(participant('p1')), participant('p3')]);
    await bench.tell([ended(participant('p1')), participant('p3')]);
    expect(bench.wishes.map((wish) => wish.participant)).to.deep.equal([{ id: 'p1' }, { id: 'p3' }]);
  });

  it('do not know each other: two rules may wish the same key', async () => {
    const rules = [...update({ queue: 'participant.queueId' }), { ...update({ queue: "'other'" })[0], name: 'other' }];
    const bench = new Bench({ rules });
    await bench.tell([queue('q1')]);
    await bench.tell([queue('q1')]);
    expect(bench.wishes.map(({ rule, attributes }) => [rule, attributes['queue']])).to.deep.equal([
      ['follow', 'q1'],
      ['other', 'other'],
    ]);
  });

  it('wish on the next event what the outbox was too full for', async () => {
    const bench = new Bench({ rules: update({ queue: 'participant.queueId' }) });
    const full = sinon.stub(bench.outbox, 'accept').rejects(new OutboxFull());
    await bench.tell([queue('q1')]);
    full.restore();
    expect(bench.log.of('rule.failed')).to.have.length(1);
    await bench.tell([queue('q1')]);
    expect(bench.wished).to.deep.equal([{ queue: 'q1' }]);
  });

  it('bring every key to the value that it was set to last, and never wish one that stands', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.option(fc.constantFrom('x', 'y')), b: fc.option(fc.constantFrom('x', 'y')) })),
        async (steps) => {
          const bench = new Bench({
            rules: update({ a: 'conversation.participants[1].attributes.a', b: 'conversation.participants[1].attributes.b' }),
          });
          const stands = new Map<string, string>();
          const expected = new Map<string, string>();
          for (const step of steps) {
            const attributes = Object.fromEntries(Object.entries(step).filter(([, value]) => value !== null)) as Record<string, string>;
            for (const [key, value] of Object.entries(attributes)) expected.set(key, value);
            const before = bench.wishes.length;
            await bench.tell([participant('p1'), participant('p2', 'agent', { attributes })]);
            for (const wish of bench.wishes.slice(before)) {
              expect(Object.keys(wish.attributes)).not.to.be.empty;
              for (const [key, value] of Object.entries(wish.attributes)) {
                expect(stands.get(key)).not.to.equal(value);
                stands.set(key, value);
              }
            }
          }
          expect(stands).to.deep.equal(expected);
        },
      ),
      { numRuns: 60 },
    ));
});
