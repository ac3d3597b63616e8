import { expect } from 'chai';
import type { Fate } from '../support/fake-platform.js';
import { applied, confirmed, flight, overwrite } from '../support/proving.js';
import { Writing } from '../support/writing.js';

describe('what others overwrite', () => {
  for (const [when, start] of [
    ['before it was confirmed', applied],
    ['after it was confirmed', confirmed],
  ] as const)
    it(`is written again ${when}, and confirmed then`, async () => {
      const { house, intent } = await start();
      overwrite(house, { tier: 'theirs', note: 'kept' });
      expect(house.outbox.get(intent.id)).to.deep.include({
        state: 'waiting',
        finishedAt: undefined,
        reason: { what: 'overwritten', keys: ['tier'] },
        reasserted: { tier: 1 },
      });
      expect(house.log.of('intent.reasserted')).to.deep.equal([
        { intentId: intent.id, conversationId: 'c1', participantId: 'p1', keys: ['tier'], times: 1 },
      ]);
      await house.clock.advance(1_000);
      expect(house.platform.attributes).to.deep.equal({ tier: 'gold', note: 'kept' });
      expect(house.state(intent)).to.equal('applied');
      house.event();
      expect(house.outbox.get(intent.id)).to.deep.include({ state: 'confirmed', reason: undefined, attempts: 2 });
      expect(house.platform.writes).to.have.length(2);
    });

  it('is written again when they take the key away', async () => {
    const { house, intent } = await confirmed();
    overwrite(house, { tier: undefined });
    await house.clock.advance(1_000);
    house.event();
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('is written again when the read after confirmWithin shows it', async () => {
    const { house, intent } = await applied();
    house.platform.overwrite({ tier: 'theirs' });
    await house.clock.advance(12_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
    expect(house.log.of('intent.reasserted')).to.have.length(1);
    await house.clock.advance(12_000);
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('is written again when the read shows a participant without any attributes', async () => {
    const gone: Fate = { kind: 'answered', status: 200, body: { id: 'p1', purpose: 'customer' }, headers: { etag: '"3"' } };
    const fates: Fate[] = [gone];
    const { house, intent } = await applied({ fate: ({ method }) => (method === 'GET' ? fates.shift() : undefined) ?? { kind: 'served' } });
    house.platform.overwrite({ tier: undefined });
    await house.clock.advance(12_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
    expect(house.log.of('intent.reasserted')).to.have.length(1);
    await house.clock.advance(12_000);
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('is seen before the answer of the write that it undid', async () => {
    const house = new Writing(flight);
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(15);
    house.event();
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(5);
    expect(house.log.of('intent.reasserted')).to.have.length(1);
    await house.clock.advance(1_000);
    house.event();
    expect(house.state(intent)).to.equal('confirmed');
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
  });

  it('is written again as often as reassert says, and then given up as overwritten', async () => {
    const { house, intent } = await confirmed({ settings: { reassert: 2 } });
    for (let count = 0; count < 5; count += 1) {
      overwrite(house, { tier: `theirs ${count}` });
      await house.clock.advance(1_000);
      house.event();
    }
    expect(house.platform.writes).to.have.length(3);
    expect(house.platform.attributes).to.deep.equal({ tier: 'theirs 4' });
    expect(house.outbox.get(intent.id)).to.deep.include({
      state: 'dead',
      reason: { what: 'overwritten', keys: ['tier'] },
      reasserted: { tier: 2 },
    });
    expect(house.log.of('intent.reasserted').map(({ times }) => times)).to.deep.equal([1, 2]);
    expect(house.log.of('intent.dead')[0]).to.deep.include({ intentId: intent.id, reason: 'overwritten', keys: ['tier'], attempts: 3 });
    expect(house.outbox.pending).to.equal(0);
    expect(house.registry.get('c1')?.dirty).to.equal(false);
  });

  it('is never written again with reassert: 0, but told', async () => {
    const { house, intent } = await confirmed({ settings: { reassert: 0 } });
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(60_000);
    expect(house.platform.writes).to.have.length(1);
    expect(house.outbox.get(intent.id)).to.deep.include({ state: 'dead', reason: { what: 'overwritten', keys: ['tier'] } });
    expect(house.log.of('intent.reasserted')).to.be.empty;
  });

  it('starts to count anew when the dead letter is retried', async () => {
    const { house, intent } = await confirmed({ settings: { reassert: 1 } });
    for (let count = 0; count < 2; count += 1) {
      overwrite(house, { tier: 'theirs' });
      await house.clock.advance(1_000);
    }
    expect(house.state(intent)).to.equal('dead');
    const again = await house.outbox.retry(intent.id, intent.attributes);
    if (again === undefined) throw new Error('it was no dead letter');
    house.writer.submit({ ...again, attributes: { tier: 'gold' } });
    await house.clock.advance(1_000);
    house.event();
    expect(house.state(intent)).to.equal('confirmed');
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    house.event();
    expect([house.state(intent), house.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });

  it('is written again on a call that lasts longer than giveUpAfter', async () => {
    const { house, intent } = await confirmed({ settings: { giveUpAfter: 900_000 } });
    await house.clock.advance(2_000_000);
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    house.event();
    expect([house.state(intent), house.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });

  it('is written again though its intent is forgotten by then', async () => {
    const { house, intent } = await confirmed({ keepFinished: 1_000 });
    await house.clock.advance(2_000);
    expect(house.outbox.get(intent.id)).to.equal(undefined);
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(500);
    house.event();
    expect([house.state(intent), house.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });

  it('is no more than the key that was overwritten of an intent with two', async () => {
    const { house, intent } = await confirmed({}, { tier: 'gold', case: '7' });
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    house.event();
    expect(house.platform.writes.map(({ attributes }) => attributes)).to.deep.equal([{ tier: 'gold', case: '7' }, { tier: 'gold' }]);
    expect(house.outbox.get(intent.id)).to.deep.include({ state: 'confirmed', reasserted: { tier: 1 } });
    overwrite(house, { case: '8' });
    await house.clock.advance(1_000);
    house.event();
    expect(house.outbox.get(intent.id)).to.deep.include({ state: 'confirmed', reasserted: { tier: 1, case: 1 } });
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold', case: '7' });
  });

  it('may be one key of an intent while another one is being written again', async () => {
    const { house, intent } = await confirmed({ settings: { policy: 'immediate' } }, { tier: 'gold', case: '7' });
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(5);
    expect(house.state(intent)).to.equal('sent');
    overwrite(house, { case: '8' });
    expect(house.state(intent)).to.equal('waiting');
    await house.clock.advance(2_000);
    house.event();
    expect(house.outbox.get(intent.id)).to.deep.include({ state: 'confirmed', reasserted: { tier: 1, case: 1 } });
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold', case: '7' });
  });

  it('does not count as confirmed while one of its keys waits to be written again', async () => {
    const { house, intent } = await applied({}, { tier: 'gold', case: '7' });
    house.part({ tier: 'theirs' }, { version: 3 });
    house.platform.overwrite({ tier: 'theirs' });
    house.part({ case: '7' });
    expect(house.state(intent)).to.equal('waiting');
    await house.clock.advance(1_000);
    expect(house.state(intent)).to.equal('applied');
    house.event();
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('leaves a dead letter dead, whatever becomes of its other keys', async () => {
    const { house, intent } = await confirmed({ settings: { reassert: 1, policy: 'immediate' } }, { tier: 'gold', case: '7' });
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    house.event();
    overwrite(house, { case: '8' });
    await house.clock.advance(5);
    expect(house.state(intent)).to.equal('sent');
    // its other key is on the way
    overwrite(house, { tier: 'theirs' });
    expect(house.state(intent)).to.equal('dead');
    await house.clock.advance(1_000);
    overwrite(house, { case: '9' });
    await house.clock.advance(60_000);
    house.event();
    expect(house.outbox.get(intent.id)).to.deep.include({ state: 'dead', reason: { what: 'overwritten', keys: ['tier'] } });
    expect(house.outbox.pending).to.equal(0);
  });

  it('is told by an event with some attributes, and what else is known to stand still does', async () => {
    const { house } = await confirmed({}, { tier: 'gold', case: '7' });
    house.platform.overwrite({ tier: 'theirs' });
    house.part({ tier: 'theirs' });
    await house.clock.advance(1_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold', case: '7' });
    const same = await house.wish({ case: '7' });
    await house.clock.advance(1_000);
    expect(house.state(same)).to.equal('satisfied');
    expect(house.platform.writes).to.have.length(2);
  });

  it("is nobody else's change if it is the echo of a newer write of its own", async () => {
    const { house, intent } = await applied();
    const other = await house.wish({ case: '7' });
    await house.clock.advance(1_000);
    house.event({ version: 2, attributes: { tier: 'gold' } });
    house.event();
    expect([house.state(intent), house.state(other)]).to.deep.equal(['confirmed', 'confirmed']);
    await house.clock.advance(60_000);
    expect(house.log.of('intent.reasserted')).to.be.empty;
    expect(house.platform.writes).to.have.length(2);
  });

  it("is nobody else's change if it is a late echo of an older write of its own, in an org without versions", async () => {
    const { house, intent } = await applied({ events: 'none' });
    const newer = await house.wish({ tier: 'silver' });
    await house.clock.advance(1_000);
    expect([house.state(intent), house.state(newer)]).to.deep.equal(['superseded', 'applied']);
    house.event({ attributes: { tier: 'gold' } });
    await house.clock.advance(1_000);
    expect(house.log.of('intent.reasserted')).to.be.empty;
    expect([house.state(newer), house.platform.reads, house.platform.writes.length]).to.deep.equal(['confirmed', 1, 2]);
  });

  it('is told for each of several participants apart, whatever else is under way in the call', async () => {
    const house = new Writing(flight);
    house.platform.participants.set('p2', {});
    await house.known();
    const first = await house.wish({ tier: 'gold' });
    const second = await house.wish({ tier: 'silver' }, { id: 'p2' });
    await house.clock.advance(5_000);
    house.event();
    expect([house.state(first), house.state(second)]).to.deep.equal(['confirmed', 'confirmed']);
    overwrite(house, { tier: 'theirs' }, 'p2');
    expect([house.state(first), house.state(second)]).to.deep.equal(['confirmed', 'waiting']);
    await house.clock.advance(1_000);
    house.event();
    expect([house.state(first), house.state(second)]).to.deep.equal(['confirmed', 'confirmed']);
    expect(house.platform.participants.get('p2')).to.deep.equal({ tier: 'silver' });
  });

  it('does not forget the echo of one participant because a write of another goes to the wire', async () => {
    const house = new Writing({ latency: () => ({ connect: 0, up: 10, down: 200 }) });
    house.platform.participants.set('p2', {});
    await house.known();
    const first = await house.wish({ tier: 'gold' });
    await house.clock.advance(15);
    house.event();
    await house.wish({ tier: 'silver' }, { id: 'p2' });
    await house.clock.advance(195);
    expect(house.state(first)).to.equal('confirmed');
  });

  it("is told for all participants by one read where the version is the conversation's", async () => {
    const house = new Writing({ ...flight, target: 'voice-conversation' });
    house.platform.participants.set('p2', {});
    await house.known();
    const first = await house.wish({ tier: 'gold' });
    const second = await house.wish({ tier: 'silver' }, { id: 'p2' });
    await house.clock.advance(1_000);
    house.platform.overwrite({ tier: 'theirs' }, 'p2');
    await house.clock.advance(9_300);
    expect(house.state(first)).to.equal('confirmed');
    await house.clock.advance(20_000);
    expect(house.state(second)).to.equal('confirmed');
    expect(house.platform.participants.get('p2')).to.deep.equal({ tier: 'silver' });
  });

  it('costs a participant that cannot be read nothing but its own proof', async () => {
    let gone = false;
    const house = new Writing({
      ...flight,
      events: 'none',
      fate: ({ method, url }) => (gone && method === 'GET' && url.endsWith('/p1') ? { kind: 'answered', status: 404 } : { kind: 'served' }),
    });
    house.platform.participants.set('p2', {});
    await house.known();
    const first = await house.wish({ tier: 'gold' });
    const second = await house.wish({ tier: 'silver' }, { id: 'p2' });
    await house.clock.advance(1_000);
    gone = true;
    // a doubt of both, at the same time
    house.registry.observe({
      topicName: 'v2.routing.queues.q.conversations.calls',
      eventBody: { id: 'c1', participants: ['p1', 'p2'].map((id) => ({ id, purpose: 'customer', state: 'connected', attributes: {} })) },
      metadata: {},
    });
    await house.clock.advance(3_000);
    expect([house.state(first), house.state(second)]).to.deep.equal(['applied', 'confirmed']);
    expect(house.log.of('intent.unconfirmed').map(({ intentId }) => intentId)).to.deep.equal([first.id]);
  });

  it('is watched no more when the call has ended', async () => {
    const { house, intent } = await confirmed();
    house.platform.bump();
    house.event({ state: 'terminated' });
    house.platform.overwrite({ tier: 'theirs' });
    house.event({ state: 'terminated' });
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('confirmed');
    expect(house.platform.writes).to.have.length(1);
  });

  it('is still proven once after the end of the call', async () => {
    const { house, intent } = await applied();
    house.platform.bump();
    house.part({ other: 'x' });
    house.platform.bump();
    house.platform.state = 'terminated';
    house.registry.observe({
      topicName: 'v2.routing.queues.q.conversations.calls',
      eventBody: { id: 'c1', version: house.platform.version, participants: [{ id: 'p1', purpose: 'customer', state: 'terminated' }] },
      metadata: {},
    });
    expect(house.state(intent)).to.equal('applied');
    await house.clock.advance(11_000);
    expect([house.state(intent), house.platform.reads]).to.deep.equal(['confirmed', 1]);
    await house.clock.advance(3_600_000);
    expect(house.registry.get('c1')).to.equal(undefined);
    expect(house.clock.timers).to.equal(0);
  });
});
