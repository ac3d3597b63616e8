import { expect } from 'chai';
import { applied, confirmed, flight, overwrite } from '../support/proving.js';
import { Writing } from '../support/writing.js';

/** The next run, on what this one left. */
async function restart(house: Writing, options = {}): Promise<Writing> {
  await house.end();
  const next = new Writing({ ...flight, ...options }, house);
  next.recover();
  return next;
}

describe('after a restart', () => {
  it('what was applied and stands is confirmed without a write', async () => {
    const { house, intent } = await applied();
    const next = await restart(house);
    await next.clock.advance(5_000);
    expect(next.state(intent)).to.equal('confirmed');
    expect([next.platform.writes.length, next.platform.reads]).to.deep.equal([1, 1]);
    // and it is watched on
    overwrite(next, { tier: 'theirs' });
    await next.clock.advance(1_000);
    next.event();
    expect([next.state(intent), next.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });

  it('what was applied and overwritten meanwhile is written', async () => {
    const { house, intent } = await applied();
    house.platform.overwrite({ tier: 'theirs' });
    const next = await restart(house);
    await next.clock.advance(5_000);
    expect(next.platform.attributes).to.deep.equal({ tier: 'gold' });
    next.event();
    expect(next.state(intent)).to.equal('confirmed');
  });

  it('what was applied long ago and stands is confirmed, though giveUpAfter is over', async () => {
    const { house, intent } = await applied();
    await house.end();
    await house.clock.advance(7_200_000);
    const next = new Writing(flight, house);
    next.recover();
    await next.clock.advance(5_000);
    expect(next.state(intent)).to.equal('confirmed');
  });

  it('what was applied in a conversation that is gone stays applied, and that is told', async () => {
    const { house, intent } = await applied({
      fate: ({ method }) => (method === 'GET' ? { kind: 'answered', status: 404 } : { kind: 'served' }),
    });
    const next = await restart(house);
    await next.clock.advance(5_000);
    expect(next.outbox.get(intent.id)).to.include({ state: 'applied' });
    expect(next.outbox.pending).to.equal(0);
    expect(next.log.of('intent.unconfirmed')).to.have.length(1);
    expect(next.log.of('intent.dead')).to.be.empty;
  });

  it('what was confirmed is watched again when its call is seen', async () => {
    const { house, intent } = await confirmed();
    const next = await restart(house);
    next.event();
    expect(next.writer.unconfirmed).to.equal(0);
    overwrite(next, { tier: 'theirs' });
    await next.clock.advance(1_000);
    expect(next.platform.attributes).to.deep.equal({ tier: 'gold' });
    next.event();
    expect(next.outbox.get(intent.id)).to.deep.include({ state: 'confirmed', reasserted: { tier: 1 } });
  });

  it('what was confirmed and overwritten meanwhile is read when its call is seen, and written again', async () => {
    const { house, intent } = await confirmed();
    house.platform.overwrite({ tier: 'theirs' });
    const next = await restart(house);
    next.platform.reads = 0;
    next.event();
    expect(next.writer.unconfirmed).to.equal(1);
    await next.clock.advance(5_000);
    expect(next.platform.reads).to.equal(1);
    expect(next.platform.attributes).to.deep.equal({ tier: 'gold' });
    next.event();
    expect(next.state(intent)).to.equal('confirmed');
  });

  it('of two confirmed intents for a key the newer one is watched, and an older value is not written again', async () => {
    const { house, intent } = await confirmed();
    const newer = await house.wish({ tier: 'silver' });
    await house.clock.advance(1_000);
    house.event();
    const next = await restart(house);
    next.event();
    overwrite(next, { tier: 'theirs' });
    await next.clock.advance(1_000);
    next.event();
    expect([next.state(intent), next.state(newer)]).to.deep.equal(['confirmed', 'confirmed']);
    expect(next.platform.attributes).to.deep.equal({ tier: 'silver' });
    expect(next.log.of('intent.reasserted').map(({ intentId }) => intentId)).to.deep.equal([newer.id]);
  });

  it('a newer wish for the same value still has the watch', async () => {
    const { house } = await confirmed();
    const newer = await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(house.state(newer)).to.equal('satisfied');
    const next = await restart(house);
    next.event();
    overwrite(next, { tier: 'theirs' });
    await next.clock.advance(1_000);
    next.event();
    expect([next.state(newer), next.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });

  it('nothing is watched of what was given up or is not confirmed, nor in a call that is over', async () => {
    const { house } = await confirmed({ settings: { reassert: 0 } });
    overwrite(house, { tier: 'theirs' });
    const next = await restart(house);
    next.event();
    overwrite(next, { tier: 'others' });
    await next.clock.advance(60_000);
    expect(next.platform.writes).to.have.length(1);

    const second = await confirmed();
    second.house.platform.state = 'terminated';
    const after = await restart(second.house);
    after.event();
    overwrite(after, { tier: 'theirs' });
    await after.clock.advance(60_000);
    expect(after.platform.writes).to.have.length(1);
  });

  it('the count of what was written again goes on', async () => {
    const { house, intent } = await confirmed({ settings: { reassert: 1 } });
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    house.event();
    expect(house.state(intent)).to.equal('confirmed');
    const next = await restart(house, { settings: { reassert: 1 } });
    next.event();
    overwrite(next, { tier: 'theirs' });
    await next.clock.advance(60_000);
    expect(next.outbox.get(intent.id)).to.deep.include({ state: 'dead', reason: { what: 'overwritten', keys: ['tier'] } });
    expect(next.platform.writes).to.have.length(2);
  });

  it('what waits to be written again on a call older than giveUpAfter is written', async () => {
    const { house, intent } = await confirmed();
    await house.clock.advance(2_000_000);
    overwrite(house, { tier: 'theirs' });
    expect(house.state(intent)).to.equal('waiting');
    const next = await restart(house);
    await next.clock.advance(5_000);
    next.event();
    expect([next.state(intent), next.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });
});
