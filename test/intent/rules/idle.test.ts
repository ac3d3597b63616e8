import { expect } from 'chai';
import fc from 'fast-check';
import jsonata from 'jsonata';
import type { RuleConfig } from '../../../src/config/schema.js';
import { isIdle } from '../../../src/intent/rules/idle.js';
import { RuleExpressions, truthy } from '../../../src/intent/rules/expression.js';
import { Bench, participant } from '../support/bench.js';

const conditions = [
  "participant.purpose = 'agent' and participant.attributes.vip = 'yes'",
  "participant.state != 'connected'",
  '[participant.id]',
];

describe('a rule that is idle', () => {
  it('is never one whose condition holds', async () => {
    const someone = fc.record({
      id: fc.constantFrom('p1', 'p2'),
      purpose: fc.constantFrom('customer', 'agent'),
      state: fc.constantFrom('connected', 'terminated', undefined),
      attributes: fc.constantFrom(undefined, {}, { vip: 'yes' }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(someone, { selector: ({ id }) => id }),
        fc.constantFrom(...conditions),
        fc.constantFrom('p1', 'p2', undefined),
        async (participants, condition, about) => {
          const snapshot = { id: 'c1', shape: 'B' as const, participants };
          const rule = {
            name: 'r',
            when: 'conversation.updated',
            expressions: new RuleExpressions({ if: condition, set: {} }),
            lookup: undefined,
          } as const;
          const event = { type: rule.when };
          if (!isIdle(rule, about, { snapshot, event }, 'customer')) return;
          const written = participants.find(({ purpose, state }) => purpose === 'customer' && state !== 'terminated');
          const seen =
            about === undefined
              ? (written ?? participants.find(({ purpose }) => purpose === 'customer'))
              : participants.find(({ id }) => id === about);
          const answer: unknown = await jsonata(condition).evaluate({ conversation: snapshot, participant: seen, event });
          expect(truthy(answer)).to.equal(false);
        },
      ),
    );
  });

  it('does not keep its conversation, not even for a turn', async () => {
    const bench = new Bench({ rules: [{ name: 'r', when: 'conversation.updated', if: "participant.purpose = 'agent'", set: { a: '1' } }] });
    const dirty: boolean[] = [];
    bench.registry.changes.subscribe(({ conversation }) => dirty.push(conversation.dirty));
    await bench.tell([participant('p1')]);
    expect(dirty).to.deep.equal([false]);
    expect(bench.wishes).to.deep.equal([]);
  });

  it('waits for the participant that is written to', async () => {
    const bench = new Bench({
      rules: [{ name: 'r', when: 'conversation.started', if: "participant.purpose = 'customer'", set: { a: '1' } }],
    });
    await bench.tell([participant('p2', 'agent')]);
    await bench.tell([participant('p2', 'agent'), participant('p1')]);
    expect(bench.wished).to.deep.equal([{ a: '1' }]);
  });

  it('wishes what it would wish by JSONata alone, whatever it wished before', async () => {
    const someone = fc.record({
      id: fc.constantFrom('p1', 'p2'),
      purpose: fc.constantFrom('customer', 'agent'),
      state: fc.constantFrom('connected', 'terminated', undefined),
      queueId: fc.constantFrom(undefined, 'q1', 'q2'),
      attributes: fc.constantFrom(undefined, {}, { vip: 'yes' }),
    });
    const events = fc.array(fc.uniqueArray(someone, { selector: ({ id }) => id }), { maxLength: 8 });
    // in brackets there is no short cut
    const inBrackets = (texts: readonly string[]): string[] => texts.map((text) => `(${text})`);
    const rulesOf = ([vip = '', queue = '', yes = '', id = '']: readonly string[]): readonly RuleConfig[] => [
      { name: 'follow', when: 'conversation.updated', set: { queue, yes } },
      { name: 'vip', when: 'conversation.updated', if: vip, set: { who: id } },
      { name: 'once', when: 'participant.added', if: vip, set: { added: id } },
    ];
    const texts = ["participant.attributes.vip = 'yes'", 'participant.queueId', '"yes"', 'participant.id'];
    await fc.assert(
      fc.asyncProperty(events, async (told) => {
        const benches = [texts, inBrackets(texts)].map((each) => new Bench({ rules: rulesOf(each) }));
        for (const participants of told) for (const bench of benches) await bench.tell(participants);
        const [quick, plain] = benches.map(({ wishes }) =>
          wishes.map(({ rule, participant: to, attributes }) => ({ rule, to, attributes })),
        );
        expect(quick).to.deep.equal(plain);
      }),
    );
  });

  it('does not take a turn where it would wish the same again', async () => {
    const bench = new Bench({ rules: [{ name: 'r', when: 'conversation.updated', set: { queue: 'participant.queueId' } }] });
    await bench.tell([{ ...participant('p1'), queueId: 'q1' }]);
    const dirty: boolean[] = [];
    bench.registry.changes.subscribe(({ conversation }) => dirty.push(conversation.dirty));
    await bench.tell([{ ...participant('p1'), queueId: 'q1', state: 'alerting' }]);
    await bench.tell([{ ...participant('p1'), queueId: 'q2' }]);
    expect(dirty).to.deep.equal([false, true]);
    expect(bench.wished).to.deep.equal([{ queue: 'q1' }, { queue: 'q2' }]);
  });
});
