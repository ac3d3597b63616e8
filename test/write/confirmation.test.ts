import { expect } from 'chai';
import type { Fate } from '../support/fake-platform.js';
import { applied, confirmed, flight, overwrite } from '../support/proving.js';
import { Writing } from '../support/writing.js';

describe('what was applied', () => {
  it('is confirmed by its own echo that came before the answer', async () => {
    const house = new Writing(flight);
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(15);
    house.event();
    expect(house.state(intent)).to.equal('sent');
    await house.clock.advance(5);
    expect(house.state(intent)).to.equal('confirmed');
    await house.clock.advance(60_000);
    expect(house.platform.reads).to.equal(0);
    expect(house.log.of('intent.confirmed')).to.deep.equal([{ intentId: intent.id, conversationId: 'c1' }]);
    expect(house.outcomes.figures.confirmed).to.equal(1);
  });

  it('is confirmed by its own echo that comes after the answer', async () => {
    const { house } = await confirmed();
    expect(house.writer.unconfirmed).to.equal(0);
    await house.clock.advance(60_000);
    expect(house.platform.reads).to.equal(0);
  });

  it('is confirmed by an event of a later version that shows it', async () => {
    const { house, intent } = await applied();
    house.platform.bump();
    house.event();
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('is confirmed by an event that shows some attributes, if its own is among them', async () => {
    const { house, intent } = await applied();
    house.part({ other: 'x' });
    expect(house.state(intent)).to.equal('applied');
    house.part({ tier: 'gold' });
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('is confirmed by one read when no event has shown it within confirmWithin', async () => {
    const { house, intent } = await applied();
    await house.clock.advance(9_999);
    expect(house.platform.reads).to.equal(0);
    expect(house.writer.unconfirmed).to.equal(1);
    await house.clock.advance(21);
    expect(house.state(intent)).to.equal('confirmed');
    await house.clock.advance(600_000);
    expect(house.platform.reads).to.equal(1);
    expect(house.platform.writes).to.have.length(1);
  });

  it('is not confirmed by an event from before the write, whatever that shows', async () => {
    const { house, intent } = await applied();
    house.event({ version: 1, attributes: { tier: 'gold' } });
    house.part({ tier: 'gold' }, { version: 1 });
    expect(house.state(intent)).to.equal('applied');
    house.event({ version: 1, attributes: { tier: 'bronze' } });
    await house.clock.advance(1_000);
    expect([house.state(intent), house.platform.reads]).to.deep.equal(['applied', 0]);
  });

  it('is not confirmed by what an event has shown before the write went to the wire', async () => {
    const house = new Writing({ ...flight, events: 'none' });
    house.platform.attributes = { tier: 'gold' };
    await house.known();
    house.registry.gap();
    house.platform.overwrite({ tier: 'bronze' });
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(40);
    expect(house.state(intent)).to.equal('applied');
  });

  for (const events of ['none', 'etag'] as const)
    describe(`where events tell ${events === 'none' ? 'no version' : 'an ETag only'}`, () => {
      it('is read once, 500 ms after an event that may be from before it', async () => {
        const { house, intent } = await applied({ events });
        house.event({ version: 1, attributes: {} });
        await house.clock.advance(100);
        house.event({ version: 1, attributes: { other: 'x' } });
        await house.clock.advance(399);
        expect(house.platform.reads).to.equal(0);
        await house.clock.advance(21);
        expect([house.state(intent), house.platform.reads]).to.deep.equal(['confirmed', 1]);
        await house.clock.advance(60_000);
        expect([house.platform.reads, house.platform.writes.length]).to.deep.equal([1, 1]);
      });

      it('is not read if its echo comes before that', async () => {
        const { house, intent } = await applied({ events });
        house.event({ version: 1, attributes: {} });
        await house.clock.advance(100);
        house.event();
        expect(house.state(intent)).to.equal('confirmed');
        await house.clock.advance(60_000);
        expect(house.platform.reads).to.equal(0);
      });

      it('stays confirmed while an event raises a doubt, and is written again if the read says so', async () => {
        const { house, intent } = await confirmed({ events });
        overwrite(house, { tier: 'theirs' });
        expect(house.state(intent)).to.equal('confirmed');
        await house.clock.advance(520);
        expect(house.outbox.get(intent.id)).to.deep.include({ finishedAt: undefined, reason: { what: 'overwritten', keys: ['tier'] } });
        await house.clock.advance(1_000);
        expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
        house.event();
        expect(house.state(intent)).to.equal('confirmed');
        expect(house.platform.reads).to.equal(1);
      });
    });

  it('reads for doubt no later than confirmWithin', async () => {
    const { house } = await applied({ events: 'none', settings: { confirmWithin: 100 } });
    house.event({ attributes: {} });
    await house.clock.advance(120);
    expect(house.platform.reads).to.equal(1);
  });

  it('is tried to read again after a failure, and confirmed then', async () => {
    const fates: Fate[] = [{ kind: 'answered', status: 503 }, { kind: 'unanswered' }];
    const { house, intent } = await applied({ fate: ({ method }) => (method === 'GET' ? fates.shift() : undefined) ?? { kind: 'served' } });
    await house.clock.advance(10_020);
    expect(house.state(intent)).to.equal('applied');
    await house.clock.advance(2_000);
    expect(house.state(intent)).to.equal('confirmed');
    expect(house.platform.reads).to.equal(3);
  });

  it('is finished as applied, and told, if it cannot be read back', async () => {
    const { house, intent } = await applied({
      fate: ({ method }) => (method === 'GET' ? { kind: 'answered', status: 404, code: 'not.found' } : { kind: 'served' }),
    });
    await house.clock.advance(20_000);
    const end = house.outbox.get(intent.id);
    expect(end).to.include({ state: 'applied', finishedAt: house.clock.wall() - 9_980 });
    expect(end?.reason).to.include({ status: 404, code: 'not.found' });
    expect(house.log.of('intent.unconfirmed')[0]).to.include({ intentId: intent.id, status: 404, correlationId: 'correlation-1' });
    expect(house.platform.reads).to.equal(1);
    expect(house.registry.get('c1')?.dirty).to.equal(false);
    expect(house.outbox.pending).to.equal(0);
  });

  it('is finished so after giveUpAfter if no read ever succeeds', async () => {
    const { house, intent } = await applied({
      settings: { giveUpAfter: 60_000 },
      fate: ({ method }) => (method === 'GET' ? { kind: 'answered', status: 503 } : { kind: 'served' }),
    });
    await house.clock.advance(200_000);
    expect(house.outbox.get(intent.id)).to.include({ state: 'applied' });
    expect(house.log.of('intent.unconfirmed')).to.have.length(1);
    expect(house.outbox.pending).to.equal(0);
  });

  it('is finished so too when only some of its keys were shown', async () => {
    const { house } = await applied(
      { fate: ({ method }) => (method === 'GET' ? { kind: 'answered', status: 404 } : { kind: 'served' }) },
      { tier: 'gold', case: '7' },
    );
    house.part({ tier: 'gold' });
    await house.clock.advance(20_000);
    expect(house.outbox.pending).to.equal(0);
    expect(house.log.of('intent.unconfirmed')).to.have.length(1);
  });

  it('is watched for long after a doubt that could not be settled at once', async () => {
    const fates: Fate[] = [];
    const { house } = await confirmed({
      events: 'none',
      settings: { giveUpAfter: 60_000 },
      fate: ({ method }) => (method === 'GET' ? fates.shift() : undefined) ?? { kind: 'served' },
    });
    await house.clock.advance(120_000);
    fates.push({ kind: 'answered', status: 503 });
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(10_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
  });

  it('is kept for the next start if the daemon stops before it is proven, and leaves no timer behind', async () => {
    const { house, intent } = await applied();
    await house.end();
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('applied');
    expect(house.store.all().map(({ state, finishedAt }) => [state, finishedAt])).to.deep.equal([['applied', undefined]]);
    expect(house.clock.timers).to.equal(0);
    expect(house.platform.reads).to.equal(0);
  });

  it('is not read back when its answer comes after the daemon has stopped', async () => {
    const house = new Writing(flight);
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(5);
    await house.end();
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('applied');
    expect(house.platform.reads).to.equal(0);
    expect(house.clock.timers).to.equal(0);
  });

  it('stops a read that is under way when the daemon stops', async () => {
    const { house, intent } = await applied();
    await house.clock.advance(10_005);
    expect(house.platform.reads).to.equal(1);
    await house.end();
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('applied');
    expect([house.platform.reads, house.clock.timers]).to.deep.equal([1, 0]);
  });

  it('stops a read that fails after the daemon has stopped', async () => {
    const { house } = await applied({ fate: ({ method }) => (method === 'GET' ? { kind: 'unanswered' } : { kind: 'served' }) });
    await house.clock.advance(10_005);
    await house.end();
    await house.clock.advance(60_000);
    expect([house.platform.reads, house.clock.timers]).to.deep.equal([1, 0]);
  });

  it('keeps its conversation from being evicted until it is proven, and not after that', async () => {
    const { house } = await applied({ max: 1 });
    const other = (id: string): void => {
      house.registry.observe({ topicName: 'v2.routing.queues.q.conversations.calls', eventBody: { id, participants: [] }, metadata: {} });
    };
    other('c2');
    expect(house.log.of('conversation.full')).to.have.length(1);
    expect(house.registry.get('c1')?.dirty).to.equal(true);
    house.event();
    expect(house.registry.get('c1')?.dirty).to.equal(false);
    other('c3');
    other('c4');
    expect(house.registry.get('c1')).to.equal(undefined);
    await house.clock.advance(3_600_000);
    expect(house.clock.timers).to.equal(0);
  });
});
