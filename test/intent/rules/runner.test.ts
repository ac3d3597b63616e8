import { expect } from 'chai';
import sinon from 'sinon';
import { Bench, participant } from '../support/bench.js';

const customer = participant('p1', 'customer', { ani: 'confidential' });
const good = { name: 'good', when: 'conversation.started', set: { seen: '"yes"' } } as const;

describe('a rule that fails', () => {
  const failures = {
    'its condition throws': { if: '$number(participant.ani) > 1', set: { a: '1' } },
    'a value throws': { set: { a: '1', b: '$number(participant.ani)' } },
    'a value is a function': { set: { a: 'function($x) { $x }' } },
    'a value holds a function': { set: { a: '{"f": $sum}' } },
    'it gives up itself': { set: { a: '$error("no such customer")' } },
  };
  for (const [what, rule] of Object.entries(failures))
    for (const when of ['conversation.started', 'conversation.updated'] as const)
      it(`costs no other rule when ${what} at ${when}, and is told without a value`, async () => {
        const bench = new Bench({
          rules: [{ name: 'bad', when, ...rule }, good, { ...good, name: 'later', when: 'conversation.updated' }],
        });
        await bench.tell([customer]);
        expect(bench.wishes.map((wish) => wish.rule)).to.deep.equal(['good', 'later']);
        const [failed, ...others] = bench.log.of('rule.failed');
        expect(failed).to.deep.include({ rule: 'bad', conversationId: 'c1' });
        expect(failed?.['error']).to.be.a('string').and.not.empty;
        expect(others).to.be.empty;
        expect(bench.log.text).not.to.contain('confidential');
        expect(bench.outbox.open()).to.have.length(2);
      });

  it('names the attribute that it failed at', async () => {
    const bench = new Bench({ rules: [{ ...good, set: { a: '1', b: '$number(participant.ani)' } }] });
    await bench.tell([customer]);
    expect(bench.log.of('rule.failed')[0]?.['error']).to.match(/^set\.b: Unable to cast value to a number/);
  });

  it('costs no other rule when its lookup URL throws', async () => {
    const rules = [{ ...good, name: 'bad', lookup: 'crm' }, good] as const;
    const bench = new Bench({ rules, lookups: { crm: 'http://crm/{$number(ani)}' } });
    await bench.tell([customer]);
    expect(bench.log.of('rule.failed').map(({ rule }) => rule)).to.deep.equal(['bad']);
    expect(bench.wishes.map((wish) => wish.rule)).to.deep.equal(['good']);
  });

  it('is not tried again at the next event if it fires once, and is if it follows every update', async () => {
    const set = { a: '$number(participant.ani)' };
    const bench = new Bench({
      rules: [
        { name: 'once', when: 'conversation.started', set },
        { name: 'updated', when: 'conversation.updated', set },
      ],
    });
    await bench.tell([customer]);
    await bench.tell([{ ...customer, ani: '12' }]);
    expect(bench.wishes.map((wish) => [wish.rule, wish.attributes])).to.deep.equal([['updated', { a: '12' }]]);
  });
});

describe('a rule that is slow', () => {
  async function evaluatedIn(ms: number): Promise<readonly unknown[]> {
    const bench = new Bench({ rules: [good] });
    const [rule] = bench.rules;
    if (rule === undefined) throw new Error('the bench has no rule');
    sinon.stub(rule.expressions, 'attributes').callsFake(() => {
      sinon.stub(bench.clock, 'now').returns(ms);
      return Promise.resolve({ seen: 'yes' });
    });
    await bench.tell([customer]);
    expect(bench.wished).to.deep.equal([{ seen: 'yes' }]);
    return bench.log.of('rule.slow');
  }

  it('is named in a warning when it takes over 50 ms, and does its work all the same', async () => {
    expect(await evaluatedIn(51)).to.deep.equal([{ rule: 'good', conversationId: 'c1', tookMs: 51 }]);
  });

  it('is not named at 50 ms', async () => {
    expect(await evaluatedIn(50)).to.be.empty;
  });
});
