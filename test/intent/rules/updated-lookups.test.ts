import { expect } from 'chai';
import sinon from 'sinon';
import { OutboxFull } from '../../../src/intent/outbox.js';
import { settled } from '../../support/fake-clock.js';
import { Bench, participant } from '../support/bench.js';
import { answer } from '../support/fake-crm.js';

const rules = [
  { name: 'follow', when: 'conversation.updated', lookup: 'queues', set: { queue: 'lookup.name', state: 'participant.state' } },
] as const;
const lookups = { queues: 'http://crm/{queueId}' };
const queue = (queueId?: string) => participant('p1', 'customer', { queueId });
const named = (name: string) => answer(200, { name });

describe('rules on conversation.updated that ask a lookup', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = new Bench({ rules, lookups });
    await bench.clock.advance(1_000);
  });

  it('accept an intent, ask, and wish only what differs from last time', async () => {
    await bench.tell([queue('q1')]);
    expect(bench.outbox.open()).to.have.length(1);
    bench.crm.answer('http://crm/q1', named('Billing'));
    await settled();
    await bench.tell([queue('q2')]);
    bench.crm.answer('http://crm/q2', named('Sales'));
    await settled();
    expect(bench.wished).to.deep.equal([{ queue: 'Billing', state: 'connected' }, { queue: 'Sales' }]);
  });

  it('make no lookup while a part of the URL is undefined', async () => {
    await bench.tell([queue()]);
    expect(bench.crm.asked).to.be.empty;
    expect(bench.outbox.open()).to.be.empty;
    await bench.tell([queue('q1')]);
    expect(bench.crm.asked).to.deep.equal(['http://crm/q1']);
  });

  it('need neither a request nor an intent where the answer is at hand and nothing differs', async () => {
    bench.crm.always('http://crm/q1', named('Billing'));
    await bench.tell([queue('q1')]);
    await bench.tell([queue('q1')]);
    await bench.tell([queue('q1')]);
    expect(bench.crm.asked).to.have.length(1);
    expect(bench.log.of('intent.accepted')).to.have.length(1);
    await bench.tell([{ ...queue('q1'), state: 'disconnected' }]);
    expect(bench.wished.at(-1)).to.deep.equal({ state: 'disconnected' });
  });

  for (const status of [404, 204])
    it(`set nothing where nothing is known (${status}), neither asked nor from the cache`, async () => {
      bench.crm.always('http://crm/q1', answer(status));
      await bench.tell([queue('q1')]);
      expect(bench.log.of('intent.satisfied')).to.have.length(1);
      await bench.tell([queue('q1')]);
      expect(bench.crm.asked).to.have.length(1);
      expect(bench.log.of('intent.accepted')).to.have.length(1);
      expect(bench.wishes).to.be.empty;
    });

  it('look at the newest snapshot only, of those that came while the lookup was under way', async () => {
    for (const id of ['q1', 'q2', 'q3', 'q4']) await bench.tell([queue(id)]);
    expect(bench.crm.asked).to.deep.equal(['http://crm/q1']);
    bench.crm.answer('http://crm/q1', named('one'));
    await settled();
    expect(bench.crm.asked).to.deep.equal(['http://crm/q1', 'http://crm/q4']);
    bench.crm.answer('http://crm/q4', named('four'));
    await settled();
    expect(bench.wished.map((attributes) => attributes['queue'])).to.deep.equal(['one', 'four']);
    expect(bench.conversation().dirty).to.equal(false);
  });

  it('keep the conversation until the snapshot that waited is dealt with', async () => {
    await bench.tell([queue('q1')]);
    await bench.tell([queue('q2')]);
    bench.crm.answer('http://crm/q1', named('one'));
    await settled();
    expect(bench.conversation().dirty).to.equal(true);
  });

  it('go on with the newest snapshot when the lookup failed for good', async () => {
    await bench.tell([queue('q1')]);
    await bench.tell([queue('q2')]);
    bench.crm.answer('http://crm/q1', answer(400));
    await settled();
    expect(bench.log.of('intent.dead')).to.have.length(1);
    bench.crm.answer('http://crm/q2', named('two'));
    await settled();
    expect(bench.wished).to.deep.equal([{ queue: 'two', state: 'connected' }]);
  });

  it('go on with the newest snapshot when what they set failed', async () => {
    bench = new Bench({ rules: [{ ...rules[0], set: { queue: '$number(lookup.name)' } }], lookups });
    await bench.tell([queue('q1')]);
    await bench.tell([queue('q2')]);
    bench.crm.answer('http://crm/q1', named('one'));
    await settled();
    bench.crm.answer('http://crm/q2', named('2'));
    await settled();
    expect(bench.wished).to.deep.equal([{ queue: '2' }]);
    expect(bench.log.of('intent.dead')).to.have.length(1);
  });

  it('ask on the next event what the outbox was too full for', async () => {
    const full = sinon.stub(bench.outbox, 'accept').rejects(new OutboxFull());
    await bench.tell([queue('q1')]);
    expect(bench.crm.asked).to.be.empty;
    full.restore();
    await bench.tell([queue('q1')]);
    expect(bench.crm.asked).to.deep.equal(['http://crm/q1']);
  });

  it('ask nothing where the outbox takes the intent for a repetition', async () => {
    sinon.stub(bench.outbox, 'accept').resolves(undefined);
    await bench.tell([queue('q1')]);
    expect(bench.crm.asked).to.be.empty;
    expect(bench.log.of('rule.failed')).to.be.empty;
  });

  it('wish with the stale answer at once while it is being renewed', async () => {
    bench.crm.always('http://crm/q1', named('old'));
    await bench.tell([queue('q1')]);
    bench.crm.always('http://crm/q1', undefined);
    await bench.clock.advance(60_001);
    await bench.tell([{ ...queue('q1'), state: 'disconnected' }]);
    expect(bench.crm.waiting).to.deep.equal(['http://crm/q1']);
    expect(bench.wished.at(-1)).to.deep.equal({ state: 'disconnected' });
    bench.crm.answer('http://crm/q1', named('new'));
    await settled();
    await bench.tell([{ ...queue('q1'), state: 'disconnected' }]);
    expect(bench.wished.at(-1)).to.deep.equal({ queue: 'new' });
  });
});
