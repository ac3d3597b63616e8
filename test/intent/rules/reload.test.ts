import { expect } from 'chai';
import type { RuleConfig } from '../../../src/config/schema.js';
import { Lookup } from '../../../src/intent/lookups/lookup.js';
import { compileRules } from '../../../src/intent/rules/rule.js';
import { settled } from '../../support/fake-clock.js';
import { unread } from '../../support/metrics.js';
import { Bench, lookupConfig, participant } from '../support/bench.js';
import { answer } from '../support/fake-crm.js';

const customer = participant('p1', 'customer', { ani: '1' });
const mark: RuleConfig = { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } };
const follow: RuleConfig = { name: 'follow', when: 'conversation.updated', set: { ani: 'participant.ani' } };
const tier: RuleConfig = { name: 'tier', when: 'conversation.started', lookup: 'crm', set: { tier: 'lookup.tier' } };
const lookups = { crm: 'http://crm/{ani}' };

/** Lets a bench run by other rules, with lookups made anew where `urls` names them. */
function reload(bench: Bench, rules: readonly RuleConfig[], urls: Readonly<Record<string, string>> = {}, purpose = 'customer'): void {
  const kept = bench.rules.flatMap(({ lookup }) => (lookup === undefined ? [] : [[lookup.name, lookup] as const]));
  const made = Object.entries(urls).map(
    ([name, url]) =>
      [
        name,
        new Lookup(name, lookupConfig(url), { exchange: bench.crm.exchange, clock: bench.clock, headers: {}, metrics: unread() }),
      ] as const,
  );
  bench.engine.configure({ rules: compileRules(rules, new Map([...kept, ...made])), participant: purpose });
}

describe('rules that are reloaded', () => {
  it('begin with the next call where there were none', async () => {
    const bench = new Bench({ rules: [] });
    await bench.tell([customer]);
    reload(bench, [mark]);
    await bench.tell([customer]);
    expect(bench.wished, 'its moment was before').to.be.empty;
    await bench.tell([customer], { id: 'c2' });
    expect(bench.wishes.map(({ conversationId, rule }) => [conversationId, rule])).to.deep.equal([['c2', 'mark']]);
  });

  it('stop where they are no more', async () => {
    const bench = new Bench({ rules: [mark, follow] });
    await bench.tell([customer]);
    reload(bench, []);
    await bench.tell([{ ...customer, ani: '2' }]);
    await bench.tell([customer], { id: 'c2' });
    expect(bench.wished).to.deep.equal([{ seen: 'yes' }, { ani: '1' }]);
  });

  it('fire at the moment that they have now, though the same was wished at another', async () => {
    const bench = new Bench({ rules: [{ ...follow, set: { who: 'participant.purpose' } }] });
    await bench.tell([customer]);
    reload(bench, [{ ...follow, when: 'participant.added', set: { who: 'participant.purpose' } }]);
    await bench.tell([customer, participant('p2', 'agent')]);
    expect(bench.wished).to.deep.equal([{ who: 'customer' }, { who: 'agent' }]);
  });

  it('write to the participant that is named now', async () => {
    const bench = new Bench({ rules: [follow] });
    const agent = participant('p2', 'agent', { ani: '7' });
    await bench.tell([customer, agent]);
    reload(bench, [follow], {}, 'agent');
    await bench.tell([customer, agent]);
    expect(bench.wishes.map((wish) => [wish.participant, wish.attributes])).to.deep.equal([
      [{ id: 'p1' }, { ani: '1' }],
      [{ id: 'p2' }, { ani: '7' }],
    ]);
  });

  it('remember what they wished, and wish what differs from it by what they set now', async () => {
    const bench = new Bench({ rules: [follow] });
    await bench.tell([customer]);
    reload(bench, [follow]);
    await bench.tell([customer]);
    expect(bench.wished).to.have.length(1);
    reload(bench, [{ ...follow, set: { ...follow.set, more: '"x"' } }]);
    await bench.tell([customer]);
    expect(bench.wished).to.deep.equal([{ ani: '1' }, { more: 'x' }]);
  });

  it('forget what one wished that is no more: when it comes back, it wishes all of it', async () => {
    const bench = new Bench({ rules: [follow] });
    await bench.tell([customer]);
    reload(bench, []);
    reload(bench, [follow]);
    await bench.tell([customer]);
    expect(bench.wished).to.deep.equal([{ ani: '1' }, { ani: '1' }]);
  });

  it('fire once for a call, however often they are reloaded', async () => {
    const bench = new Bench({ rules: [{ ...mark, when: 'participant.added' }] });
    await bench.tell([customer]);
    reload(bench, [{ ...mark, when: 'participant.added', set: { seen: '"again"' } }]);
    await bench.tell([]);
    await bench.tell([customer]);
    expect(bench.wished).to.deep.equal([{ seen: 'yes' }]);
  });

  describe('while one waits for its participant', () => {
    const waiting = async (): Promise<Bench> => {
      const bench = new Bench({ rules: [mark] });
      await bench.tell([participant('p2', 'agent')]);
      return bench;
    };

    it('fire as they are by then', async () => {
      const bench = await waiting();
      reload(bench, [{ ...mark, set: { seen: '"new"' } }]);
      await bench.tell([customer]);
      expect(bench.wished).to.deep.equal([{ seen: 'new' }]);
    });

    for (const [what, rules] of [
      ['it is no more', []],
      ['its moment is another', [{ ...mark, when: 'conversation.ended' }]],
    ] as const)
      it(`do not fire where ${what}, also when it comes back later`, async () => {
        const bench = await waiting();
        reload(bench, rules);
        await bench.tell([customer]);
        reload(bench, [mark]);
        await bench.tell([customer]);
        expect(bench.wished).to.be.empty;
      });
  });

  describe('while one waits for its lookup', () => {
    const waiting = async (rule = tier): Promise<Bench> => {
      const bench = new Bench({ rules: [rule], lookups: { ...lookups, other: 'http://other/{ani}' } });
      await bench.tell([customer]);
      expect(bench.crm.waiting).to.deep.equal(['http://crm/1']);
      return bench;
    };
    const changed = { ...tier, set: { tier: '"new " & lookup.tier' } };

    for (const [what, urls] of [
      ['the same', {}],
      ['changed too', { crm: 'http://new/{ani}' }],
    ] as const)
      it(`take the answer to the request on its way, by the rule as it is then, where the lookup is ${what}`, async () => {
        const bench = await waiting();
        reload(bench, [changed], urls);
        bench.crm.answer('http://crm/1', answer(200, { tier: 'gold' }));
        await settled();
        expect(bench.wished).to.deep.equal([{ tier: 'new gold' }]);
        expect(bench.crm.asked).to.deep.equal(['http://crm/1']);
      });

    it('try the changed lookup where the old one fails', async () => {
      const bench = await waiting();
      reload(bench, [tier], { crm: 'http://new/{ani}' });
      bench.crm.fail('http://crm/1', new Error('gone'));
      await bench.clock.advance(500);
      expect(bench.crm.waiting).to.deep.equal(['http://new/1']);
      bench.crm.answer('http://new/1', answer(200, { tier: 'gold' }));
      await settled();
      expect(bench.wished).to.deep.equal([{ tier: 'gold' }]);
    });

    it('try the same lookup again where it is as it was', async () => {
      const bench = await waiting();
      reload(bench, [changed]);
      bench.crm.fail('http://crm/1', new Error('for a moment'));
      await bench.clock.advance(500);
      bench.crm.answer('http://crm/1', answer(200, { tier: 'gold' }));
      await settled();
      expect(bench.wished).to.deep.equal([{ tier: 'new gold' }]);
    });

    it('ask another lookup where the rule names another one now', async () => {
      const bench = await waiting();
      reload(bench, [{ ...tier, lookup: 'other' }], { other: 'http://other/{ani}' });
      bench.crm.answer('http://crm/1', answer(200, { tier: 'gold' }));
      await settled();
      bench.crm.answer('http://other/1', answer(200, { tier: 'silver' }));
      await settled();
      expect(bench.wished).to.deep.equal([{ tier: 'silver' }]);
    });

    for (const [what, rules] of [
      ['the rule is no more', []],
      ['it asks nothing any more', [{ ...mark, name: 'tier' }]],
    ] as const)
      it(`tell that the wish is given up where ${what}`, async () => {
        const bench = await waiting();
        reload(bench, rules);
        bench.crm.answer('http://crm/1', answer(200, { tier: 'gold' }));
        await settled();
        expect(bench.wished).to.be.empty;
        expect(bench.log.of('intent.dead')).to.have.length(1);
        expect(bench.log.of('intent.dead')[0]).to.include({ reason: 'rule tier with its lookup is no longer in the config' });
        expect(bench.outbox.open()).to.be.empty;
      });

    it('tell that the wish is given up where nothing can be asked any more', async () => {
      const bench = await waiting();
      reload(bench, [tier], { crm: 'http://new/{unknown}' });
      bench.crm.fail('http://crm/1', new Error('gone'));
      await bench.clock.advance(500);
      expect(bench.log.of('intent.dead')[0]).to.include({ reason: 'what lookup crm is asked by is no longer known' });
    });

    it('evaluate what came meanwhile by the rule as it is then, and not where it is no more', async () => {
      const following: RuleConfig = { ...tier, when: 'conversation.updated', set: { tier: 'lookup.tier', dnis: 'participant.dnis' } };
      for (const rules of [[{ ...following, set: { ...following.set, new: 'participant.dnis' } }], []]) {
        const bench = await waiting(following);
        await bench.tell([{ ...customer, dnis: '9' }]);
        reload(bench, rules);
        bench.crm.answer('http://crm/1', answer(200, { tier: 'gold' }));
        await settled();
        await settled();
        expect(bench.wished).to.deep.equal(rules.length === 0 ? [] : [{ tier: 'gold' }, { dnis: '9', new: '9' }]);
      }
    });
  });
});

describe('lookups that are tried again', () => {
  it('are given up by the time that counts at their next failure', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    await bench.tell([customer]);
    bench.lookups.configure({ giveUpAfter: 100 });
    bench.crm.fail('http://crm/1', new Error('gone'));
    await settled();
    expect(bench.log.of('intent.dead')[0]?.['reason']).to.match(/given up after write.giveUpAfter/);
  });
});
