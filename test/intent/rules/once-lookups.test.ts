import { expect } from 'chai';
import sinon from 'sinon';
import { deferred } from '../../../src/base/deferred.js';
import { OutboxFull } from '../../../src/intent/outbox.js';
import { settled } from '../../support/fake-clock.js';
import { Bench, ended, giveUpAfter, participant } from '../support/bench.js';
import { answer } from '../support/fake-crm.js';

const customer = participant('p1', 'customer', { ani: '+4930' });
const lookups = { crm: 'http://crm/customers?phone={ani}' };
const url = 'http://crm/customers?phone=%2B4930';
const tier = { name: 'tier', when: 'conversation.started', lookup: 'crm', set: { tier: 'lookup.tier', id: 'lookup.id' } } as const;

describe('rules that fire once and ask a lookup', () => {
  it('ask only when the intent is kept, and wish what the answer says', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    const disk = deferred<undefined>();
    const accept = bench.outbox.accept.bind(bench.outbox);
    sinon.stub(bench.outbox, 'accept').callsFake(async (request) => {
      await disk.promise;
      return accept(request);
    });
    await bench.tell([customer]);
    expect(bench.crm.asked).to.be.empty;
    disk.resolve(undefined);
    await settled();
    expect(bench.crm.asked).to.deep.equal([url]);
    const [intent] = bench.outbox.open();
    expect(intent).to.deep.include({ state: 'accepted', attributes: undefined, rule: 'tier', firing: '["tier","c1"]' });
    expect(bench.wishes).to.be.empty;

    bench.crm.answer(url, answer(200, { tier: 'gold', id: 7 }));
    await settled();
    expect(bench.wishes).to.have.length(1);
    expect(bench.wishes[0]).to.deep.include({ id: intent?.id, sequence: intent?.sequence, attributes: { tier: 'gold', id: '7' } });
    expect(bench.outbox.get(intent?.id ?? '')?.attributes).to.deep.equal({ tier: 'gold', id: '7' });
  });

  it('are not asked for twice when events repeat while the lookup is under way', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    await bench.tell([customer]);
    await bench.repeat();
    await bench.tell([customer]);
    bench.crm.answer(url, answer(200, { tier: 'gold' }));
    await bench.tell([customer]);
    expect(bench.crm.asked).to.deep.equal([url]);
    expect(bench.wished).to.deep.equal([{ tier: 'gold' }]);
  });

  it('ask nothing for a firing that was accepted before', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    await bench.outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: undefined, firing: '["tier","c1"]' });
    await bench.tell([customer]);
    expect(bench.crm.asked).to.be.empty;
  });

  for (const status of [404, 204])
    it(`set nothing where the lookup knows nothing (${status}): the intent is satisfied`, async () => {
      const bench = new Bench({ rules: [tier], lookups });
      bench.crm.always(url, answer(status));
      await bench.tell([customer]);
      const [{ intentId } = {}] = bench.log.of('intent.accepted');
      expect(bench.outbox.get(String(intentId))).to.deep.include({ state: 'satisfied', attributes: {} });
      expect(bench.log.of('intent.satisfied')).to.deep.equal([{ intentId, conversationId: 'c1' }]);
      expect(bench.wishes).to.be.empty;
      expect(bench.outbox.open()).to.be.empty;
    });

  it('set nothing where every value of the answer is undefined', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    bench.crm.always(url, answer(200, { other: 1 }));
    await bench.tell([customer]);
    expect(bench.log.of('intent.satisfied')).to.have.length(1);
    expect(bench.wishes).to.be.empty;
  });

  it('make no lookup while a part of the URL is undefined, and wait for the next event', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    await bench.tell([participant('p1')]);
    await bench.tell([participant('p1')]);
    expect(bench.crm.asked).to.be.empty;
    expect(bench.outbox.open(), 'nothing is accepted before its lookup can be asked').to.be.empty;
    await bench.tell([customer]);
    await bench.tell([customer]);
    expect(bench.crm.asked).to.deep.equal([url]);
    expect(bench.outbox.open()).to.have.length(1);
  });

  it('wait no more for a part of the URL when the call has ended', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    await bench.tell([ended(participant('p1'))]);
    await bench.tell([ended(customer)]);
    expect(bench.crm.asked).to.be.empty;
  });

  it('see the conversation and the event in the URL beside the fields of the participant', async () => {
    const bench = new Bench({ rules: [tier], lookups: { crm: 'http://crm/{conversation.id}/{event.type}/{purpose}' } });
    await bench.tell([customer]);
    expect(bench.crm.asked).to.deep.equal(['http://crm/c1/conversation.started/customer']);
  });

  it('are tried again on the next event when the outbox was full, and ask nothing before', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    const full = sinon.stub(bench.outbox, 'accept').rejects(new OutboxFull());
    await bench.tell([customer]);
    full.restore();
    expect(bench.crm.asked).to.be.empty;
    await bench.tell([customer]);
    expect(bench.crm.asked).to.deep.equal([url]);
  });

  it('keep the order of acceptance in the order of the events, however late a lookup answers', async () => {
    const rules = [{ name: 'who', when: 'participant.added', lookup: 'who', set: { name: 'lookup.name' } }] as const;
    const bench = new Bench({ rules, lookups: { who: 'http://crm/{id}' } });
    await bench.tell([customer]);
    await bench.tell([customer, participant('p2', 'agent')]);
    await bench.tell([customer, participant('p2', 'agent'), participant('p3', 'agent')]);
    for (const id of ['p3', 'p1', 'p2']) {
      bench.crm.answer(`http://crm/${id}`, answer(200, { name: id }));
      await settled();
    }
    expect(bench.wished).to.deep.equal([{ name: 'p3' }, { name: 'p1' }, { name: 'p2' }]);
    const bySequence = [...bench.wishes].sort((a, b) => a.sequence - b.sequence);
    expect(bySequence.map(({ attributes }) => attributes['name'])).to.deep.equal(['p1', 'p2', 'p3']);
  });

  it('do not hold up other rules and later events while a lookup hangs', async () => {
    const rules = [tier, { name: 'mark', when: 'participant.added', set: { seen: 'participant.id' } }] as const;
    const bench = new Bench({ rules, lookups });
    await bench.tell([customer]);
    await bench.tell([customer, participant('p2', 'agent')]);
    expect(bench.crm.waiting).to.deep.equal([url]);
    expect(bench.wished).to.deep.equal([{ seen: 'p1' }, { seen: 'p2' }]);
  });

  it('keep the conversation while a lookup is under way, and let it go after', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    await bench.tell([customer]);
    expect(bench.conversation().dirty).to.equal(true);
    bench.crm.answer(url, answer(200, { tier: 'gold' }));
    await settled();
    expect(bench.conversation().dirty).to.equal(false);
  });

  it('are dead, and say why, when what they set from the answer fails', async () => {
    const failing = { ...tier, set: { tier: '$number(lookup.tier)' } };
    const bench = new Bench({ rules: [failing], lookups });
    bench.crm.always(url, answer(200, { tier: 'confidential' }));
    await bench.tell([customer]);
    const [dead] = bench.log.of('intent.dead');
    expect(dead?.['reason']).to.match(/^rule tier failed: set\.tier: Unable to cast value to a number/);
    expect(bench.outbox.get(String(dead?.['intentId']))).to.deep.include({ state: 'dead', reason: { what: dead?.['reason'] } });
    expect(bench.log.of('rule.failed')).to.have.length(1);
    expect(bench.log.text, 'what a customer record holds is not logged').not.to.contain('confidential');
    expect(bench.conversation().dirty).to.equal(false);
  });

  it('are dead when the lookup fails for good, without a wish', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    bench.crm.always(url, answer(400));
    await bench.tell([customer]);
    expect(bench.log.of('intent.dead')[0]).to.deep.include({ status: 400, conversationId: 'c1' });
    expect(bench.outbox.open()).to.be.empty;
    expect(bench.wishes).to.be.empty;
    expect(bench.conversation().dirty).to.equal(false);
  });

  it('get their wish when the lookup recovers', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    bench.crm.always(url, answer(503));
    await bench.tell([customer]);
    await bench.clock.advance(20_000);
    expect(bench.wishes).to.be.empty;
    bench.crm.always(url, answer(200, { tier: 'gold' }));
    await bench.clock.advance(15_000);
    expect(bench.wished).to.deep.equal([{ tier: 'gold' }]);
    expect(bench.clock.wall() - (bench.wishes[0]?.acceptedAt ?? 0)).to.be.lessThan(giveUpAfter);
  });

  it('stay open, neither wished for nor dead, when the daemon stops before the lookup answers', async () => {
    const bench = new Bench({ rules: [tier], lookups });
    bench.crm.always(url, answer(503));
    await bench.tell([customer]);
    bench.stop.abort();
    await settled();
    expect(bench.outbox.open().map(({ state }) => state)).to.deep.equal(['accepted']);
    expect(bench.log.of('intent.dead')).to.be.empty;
    expect(bench.wishes).to.be.empty;
  });
});
