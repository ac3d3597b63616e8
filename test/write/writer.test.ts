import { expect } from 'chai';
import { Writing } from '../support/writing.js';

describe('the writer', () => {
  it('writes the first wish on a calm conversation at once, with the ETag that the event stands for', async () => {
    const house = new Writing();
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(0);
    expect(house.platform.writes.map(({ ifMatch, attributes }) => ({ ifMatch, attributes }))).to.deep.equal([
      { ifMatch: '"1"', attributes: { tier: 'gold' } },
    ]);
    expect(house.platform.reads).to.equal(0);
    expect(house.state(intent)).to.equal('applied');
    expect(house.writer.pending).to.equal(0);
  });

  it('waits for calm after the last event, and not longer than maxWait', async () => {
    const house = new Writing({ settings: { policy: 'debounce' } });
    house.event();
    await house.wish({ tier: 'gold' });
    for (let count = 0; count < 30; count += 1) {
      await house.clock.advance(100);
      if (house.platform.writes.length > 0) break;
      house.platform.bump();
      house.event();
    }
    expect(house.platform.writes[0]?.composedAt).to.equal(2_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
  });

  it('merges twenty wishes within 500 ms into at most three requests, the last value of each key winning', async () => {
    const house = new Writing({ latency: () => ({ connect: 5, up: 20, down: 20 }) });
    await house.known();
    const intents = [];
    for (let count = 0; count < 20; count += 1) {
      intents.push(await house.wish({ [`k${count % 4}`]: String(count) }));
      await house.clock.advance(25);
    }
    await house.clock.advance(3_000);
    expect(house.platform.writes.length).to.be.at.most(3);
    expect(house.platform.attributes).to.deep.equal({ k0: '16', k1: '17', k2: '18', k3: '19' });
    expect(intents.map((intent) => house.state(intent))).to.satisfy((states: string[]) =>
      states.every((state) => ['applied', 'superseded'].includes(state)),
    );
  });

  it('answers a conflict at once with the ETag of the answer', async () => {
    const house = new Writing({ latency: () => ({ connect: 0, up: 10, down: 10 }) });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    house.platform.bump();
    await house.clock.advance(1_000);
    expect(house.platform.writes.map(({ ifMatch, composedAt }) => [ifMatch, composedAt])).to.deep.equal([
      ['"1"', 10_000],
      ['"2"', 10_020],
    ]);
    expect(house.platform.reads).to.equal(0);
    expect(house.state(intent)).to.equal('applied');
    expect(house.log.of('write.conflict')[0]).to.include({
      etag: '"1"',
      currentEtag: '"2"',
      attempt: 1,
      status: 409,
      code: 'general.conflict',
      correlationId: 'correlation-1',
    });
  });

  it('reads once when a conflict tells no ETag and no event has', async () => {
    const house = new Writing({ conflictEtag: false });
    await house.known();
    house.platform.bump();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(house.platform.reads).to.equal(1);
    expect(house.platform.writes.map(({ ifMatch }) => ifMatch)).to.deep.equal(['"1"', '"2"']);
  });

  it('takes the newest event instead of reading when it came during the refused write', async () => {
    const house = new Writing({ conflictEtag: false, latency: () => ({ connect: 0, up: 20, down: 20 }) });
    await house.known();
    await house.wish({ tier: 'gold' });
    house.platform.bump();
    await house.clock.advance(25);
    house.event();
    await house.clock.advance(1_000);
    expect(house.platform.reads).to.equal(0);
    expect(house.platform.writes.map(({ ifMatch }) => ifMatch)).to.deep.equal(['"1"', '"2"']);
  });

  it('reads the ETag when the connection stands, not when the write was scheduled', async () => {
    const house = new Writing({ latency: () => ({ connect: 100, up: 0, down: 0 }) });
    await house.known();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(50);
    house.platform.bump();
    house.event();
    await house.clock.advance(1_000);
    expect(house.platform.writes.map(({ ifMatch }) => ifMatch)).to.deep.equal(['"2"']);
  });

  it('carries what was wished until the connection stands', async () => {
    const house = new Writing({ latency: () => ({ connect: 100, up: 0, down: 0 }) });
    await house.known();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(50);
    await house.wish({ tier: 'silver', case: '7' });
    await house.clock.advance(1_000);
    expect(house.platform.writes.map(({ attributes }) => attributes)).to.deep.equal([{ tier: 'silver', case: '7' }]);
  });

  it('sends nothing for a value that already stands', async () => {
    const house = new Writing();
    house.platform.attributes = { tier: 'gold' };
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(5_000);
    expect(house.platform.writes).to.be.empty;
    expect(house.state(intent)).to.equal('satisfied');
    expect(house.log.of('intent.satisfied')).to.have.length(1);
  });

  it('does not trust what it saw before a gap: it reads, and then sends nothing if the value stands', async () => {
    const house = new Writing();
    await house.known();
    house.registry.gap();
    house.platform.attributes = { tier: 'gold' };
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(5_000);
    expect(house.platform.reads).to.equal(1);
    expect(house.platform.writes).to.be.empty;
    expect(house.state(intent)).to.equal('satisfied');
  });

  it('does not wait for calm when the call is ending', async () => {
    const house = new Writing({ settings: { policy: 'debounce' } });
    house.event();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(10);
    house.platform.bump();
    house.event({ state: 'disconnected' });
    await house.clock.advance(0);
    expect(house.platform.writes.map(({ composedAt }) => composedAt)).to.deep.equal([10]);
  });

  it('learns an unknown conversation by one GET, and counts its ETag as known', async () => {
    const house = new Writing();
    const intent = await house.wish({ tier: 'gold' }, { purpose: 'customer' });
    await house.clock.advance(1_000);
    expect(house.state(intent)).to.equal('applied');
    expect(house.platform.reads).to.equal(1);
    expect(house.platform.writes.map(({ ifMatch }) => ifMatch)).to.deep.equal(['"1"']);
  });

  it('waits for a participant of the purpose, and gives up when the call has ended without one', async () => {
    const house = new Writing();
    await house.known();
    const intent = await house.wish({ tier: 'gold' }, { purpose: 'agent' });
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('accepted');
    house.platform.bump();
    house.event({ state: 'terminated' });
    await house.clock.advance(0);
    expect(house.outbox.get(intent.id)).to.deep.include({
      state: 'dead',
      reason: { what: 'there is no participant of purpose agent, and the call has ended' },
    });
  });

  it('gives a wish for a participant that never comes up after giveUpAfter', async () => {
    const house = new Writing({ settings: { giveUpAfter: 1_000 } });
    await house.known();
    const intent = await house.wish({ tier: 'gold' }, { purpose: 'agent' });
    await house.clock.advance(1_001);
    expect(house.outbox.get(intent.id)?.reason?.what).to.contain('none came within write.giveUpAfter');
  });

  it('writes through the conversation with its ETag for target voice-conversation', async () => {
    const house = new Writing({ target: 'voice-conversation' });
    await house.known();
    await house.wish({ tier: 'gold' });
    house.platform.bump();
    await house.wish({ case: '7' });
    await house.clock.advance(5_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold', case: '7' });
    expect(house.platform.mostInFlight).to.equal(1);
  });

  it('tells and keeps, but sends nothing, while write.enabled is false', async () => {
    const house = new Writing({ settings: { enabled: false }, values: true });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(5_000);
    expect(house.platform.writes).to.be.empty;
    expect(house.log.of('write.held')[0]).to.deep.include({ keys: ['tier'], attributes: { p1: { tier: 'gold' } } });
    expect(house.state(intent)).to.equal('waiting');
    await house.wish({ case: '7' });
    await house.clock.advance(5_000);
    expect(house.log.of('write.held')).to.have.length(2);
    const left = house.writer.drain(0);
    await house.clock.advance(0);
    expect(await left).to.equal(2);
  });

  it('keeps a conversation as long as it has something to write, and lets it go afterwards', async () => {
    const house = new Writing({ settings: { enabled: false } });
    await house.known();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(house.registry.get('c1')?.dirty).to.equal(true);
    const left = house.writer.drain(0);
    await house.clock.advance(0);
    expect(await left).to.equal(1);
    await house.clock.advance(0);
    expect(house.registry.get('c1')?.dirty).to.equal(false);
    expect([...house.writer.pipelines]).to.be.empty;
  });

  it('does not let a wish whose values were known late undo one that was accepted after it', async () => {
    const house = new Writing();
    await house.known();
    const request = { conversationId: 'c1', participant: { id: 'p1' }, attributes: undefined };
    const slow = await house.outbox.accept(request);
    const quick = await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(house.state(quick)).to.equal('applied');
    if (slow !== undefined) house.writer.submit({ ...slow, attributes: { tier: 'bronze', case: '7' } });
    await house.clock.advance(1_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold', case: '7' });
    if (slow !== undefined) house.writer.submit({ ...slow, attributes: { tier: 'bronze' } });
    await house.clock.advance(1_000);
    expect(house.platform.writes).to.have.length(2);
  });

  it('flushes without waiting for calm when it is drained, and tells how much is left', async () => {
    const house = new Writing({ latency: () => ({ connect: 0, up: 50, down: 50 }) });
    house.event();
    await house.wish({ tier: 'gold' });
    const drained = house.writer.drain(1_000);
    await house.clock.advance(120);
    expect(await drained).to.equal(0);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
    expect(house.clock.timers).to.be.at.most(1);
  });
});
