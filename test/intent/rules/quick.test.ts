import { expect } from 'chai';
import fc from 'fast-check';
import jsonata from 'jsonata';
import type { Scope } from '../../../src/intent/rules/expression.js';
import { quickOf, unanswered } from '../../../src/intent/rules/quick.js';

const scope = (participant: unknown): Scope => ({ conversation: { id: 'c' }, participant, event: { type: 'x' } });

describe('the short cut for expressions of rules', () => {
  it('answers paths, literals and comparisons of them', () => {
    const answer = (text: string): unknown => quickOf(jsonata(text))?.(scope({ purpose: 'customer', attributes: { vip: 'yes', no: '' } }));
    expect(answer("participant.purpose = 'customer' and participant.attributes.vip = 'yes'")).to.equal(true);
    expect(answer("participant.attributes.vip != 'yes' or participant.gone = 1")).to.equal(false);
    expect(answer('participant.attributes.vip')).to.equal('yes');
    expect(answer('participant.attributes.no or participant.gone.deeper')).to.equal(false);
    expect(answer('null')).to.equal(null);
  });

  for (const text of [
    "$count(conversation.participants[purpose = 'agent'])",
    "conversation.participants[0].purpose = 'x'",
    "participant.(purpose) = 'x'",
    'participant.attributes.*',
    'participant.purpose & "x"',
    'participant.constructor',
    'participant.purpose in ["a"]',
    'participant.attributes.vip ? 1 : 2',
    '$$.participant',
    'participant[purpose = "a"]',
    'participant.attributes@$a.vip',
    '[participant.purpose]',
  ])
    it(`leaves ${text} to JSONata`, () => {
      expect(quickOf(jsonata(text))).to.equal(undefined);
    });

  it('leaves what meets a list or an object to JSONata', () => {
    for (const participant of [[{ purpose: 'a' }], { purpose: ['a'] }, { purpose: { a: 1 } }, { purpose: () => 1 }])
      expect(quickOf(jsonata("participant.purpose = 'a'"))?.(scope(participant))).to.equal(unanswered);
  });

  it('never disagrees with JSONata', async () => {
    const name = fc.constantFrom('participant', 'purpose', 'attributes', 'vip', 'conversation', 'event', 'type', '`odd name`');
    const literal = fc.constantFrom('"yes"', "'customer'", '""', '0', '1', '-1.5', 'true', 'false', 'null');
    const { expression } = fc.letrec<{ expression: string; operand: string }>((tie) => ({
      operand: fc.oneof(
        literal,
        fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('.')),
        tie('expression'),
      ),
      expression: fc.oneof(
        { depthSize: 'small' },
        tie('operand'),
        fc.tuple(tie('operand'), fc.constantFrom('=', '!=', 'and', 'or'), tie('operand')).map((parts) => parts.join(' ')),
      ),
    }));
    const primitive = fc.constantFrom('yes', 'customer', '', 0, 1, -1.5, true, false, null, undefined);
    const value = fc.oneof(primitive, fc.array(primitive, { maxLength: 2 }), fc.record({ vip: primitive, type: primitive }));
    const part = fc.oneof(
      value,
      fc.record({ purpose: value, attributes: value, vip: value, 'odd name': value }),
      fc.array(fc.record({ purpose: primitive })),
    );
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(expression, fc.record({ conversation: part, participant: part, event: part }), async (text, all) => {
        const plain = jsonata(text);
        const answer = quickOf(plain)?.(all) ?? unanswered;
        if (answer === unanswered) return;
        answered += 1;
        expect(answer, text).to.equal(await plain.evaluate(all));
      }),
      { numRuns: 2_000 },
    );
    expect(answered).to.be.greaterThan(300);
  });
});
