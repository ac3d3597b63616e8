import { expect } from 'chai';
import { settled } from '../support/fake-clock.js';
import type { Fate } from '../support/fake-platform.js';
import { applied, confirmed, flight, overwrite } from '../support/proving.js';
import { Writing } from '../support/writing.js';

describe('a newer wish for a key that is watched', () => {
  it('ends the watch, and supersedes what was never shown', async () => {
    const { house, intent } = await applied();
    const newer = await house.wish({ tier: 'silver' });
    expect(house.state(intent)).to.equal('superseded');
    expect(house.log.of('intent.superseded').map(({ intentId }) => intentId)).to.deep.equal([intent.id]);
    await house.clock.advance(1_000);
    house.event();
    expect([house.state(intent), house.state(newer)]).to.deep.equal(['superseded', 'confirmed']);
    expect(house.log.of('intent.reasserted')).to.be.empty;
  });

  it('leaves confirmed what was confirmed', async () => {
    const { house, intent } = await confirmed();
    await house.wish({ tier: 'silver' });
    await house.clock.advance(1_000);
    house.event();
    expect(house.state(intent)).to.equal('confirmed');
    expect(house.platform.attributes).to.deep.equal({ tier: 'silver' });
  });

  it('confirms an intent whose last unproven key it takes over', async () => {
    const { house, intent } = await applied({}, { tier: 'gold', case: '7' });
    house.part({ tier: 'gold' });
    expect(house.state(intent)).to.equal('applied');
    await house.wish({ case: '8' });
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('leaves unproven an intent that has another key to prove', async () => {
    const { house, intent } = await applied({}, { tier: 'gold', case: '7' });
    await house.wish({ case: '8' });
    expect(house.state(intent)).to.equal('applied');
    await house.clock.advance(1_000);
    house.event();
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('that wants the same takes the watch over: what is overwritten later is its value', async () => {
    const { house, intent } = await confirmed();
    const newer = await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect([house.state(intent), house.state(newer)]).to.deep.equal(['confirmed', 'satisfied']);
    overwrite(house, { tier: 'theirs' });
    expect([house.state(intent), house.state(newer)]).to.deep.equal(['confirmed', 'waiting']);
    await house.clock.advance(1_000);
    house.event();
    expect([house.state(newer), house.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });

  it('that wants the same before it is proven leaves one watch, and one proof', async () => {
    const { house, intent } = await applied();
    const newer = await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect([house.state(intent), house.state(newer)]).to.deep.equal(['superseded', 'satisfied']);
    await house.clock.advance(20_000);
    expect([house.platform.reads, house.writer.unconfirmed]).to.deep.equal([1, 0]);
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    house.event();
    expect([house.state(newer), house.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });

  it('that wants the same while the first is in flight is home with it, and watched', async () => {
    const house = new Writing(flight);
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(5);
    const newer = await house.wish({ tier: 'gold' });
    await house.clock.advance(15);
    expect([house.state(intent), house.state(newer)]).to.deep.equal(['superseded', 'applied']);
    house.event();
    expect(house.state(newer)).to.equal('confirmed');
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    expect([house.platform.attributes, house.platform.writes.length]).to.deep.equal([{ tier: 'gold' }, 2]);
  });

  for (const [when, ms] of [
    ['while its request is in flight', 5],
    ['when no answer has come', 30],
  ] as const)
    it(`that wants the same ${when} is watched, though only a read tells that it stands`, async () => {
      const fates: Fate[] = [{ kind: 'unanswered' }];
      const house = new Writing({
        ...flight,
        fate: ({ method }) => (method === 'PATCH' ? fates.shift() : undefined) ?? { kind: 'served' },
      });
      await house.known();
      await house.wish({ tier: 'gold' });
      await house.clock.advance(ms);
      const newer = await house.wish({ tier: 'gold' });
      await house.clock.advance(5_000);
      expect([house.state(newer), house.platform.writes.length]).to.deep.equal(['confirmed', 1]);
      house.event();
      overwrite(house, { tier: 'theirs' });
      await house.clock.advance(1_000);
      expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
    });

  it('leaves no intent open of which one key was applied and newer wishes took all keys over', async () => {
    const house = new Writing(flight);
    await house.known();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(5);
    const both = await house.wish({ tier: 'gold', case: '7' });
    await house.clock.advance(15);
    await house.wish({ tier: 'silver' });
    await house.wish({ case: '8' });
    expect(house.state(both)).to.equal('superseded');
    await house.clock.advance(1_000);
    house.event();
    expect(house.outbox.pending).to.equal(0);
  });

  it('leaves no intent open of which one key was shown early and the other turned out to stand', async () => {
    const house = new Writing(flight);
    await house.known();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(5);
    const both = await house.wish({ tier: 'gold', case: '7' });
    await house.clock.advance(15);
    overwrite(house, { case: '7' });
    await house.clock.advance(1_000);
    expect([house.state(both), house.platform.writes.length]).to.deep.equal(['confirmed', 1]);
  });

  it('that was accepted earlier, and whose values came late, ends no watch', async () => {
    const house = new Writing(flight);
    await house.known();
    const slow = await house.outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: undefined });
    if (slow === undefined) throw new Error('not accepted');
    const quick = await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    house.writer.submit({ ...slow, attributes: { tier: 'bronze' } });
    await settled();
    expect([house.state(slow), house.state(quick)]).to.deep.equal(['superseded', 'applied']);
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(1_000);
    house.event();
    expect([house.state(quick), house.platform.attributes]).to.deep.equal(['confirmed', { tier: 'gold' }]);
  });
});

describe('a read that crosses a write', () => {
  it('takes nothing back that the write set: an older value is not taken for one that stands', async () => {
    const house = new Writing({
      settings: { policy: 'debounce' },
      latency: ({ method }) => (method === 'GET' ? { connect: 0, up: 0, down: 100 } : { connect: 0, up: 10, down: 10 }),
    });
    house.platform.attributes = { tier: 'old' };
    await house.known();
    await house.wish({ case: '7' });
    await house.clock.advance(170);
    // its read is asked after 10 s, and shows tier as it is then; the write of tier overtakes its answer
    await house.clock.advance(9_850);
    await house.wish({ tier: 'new' });
    await house.clock.advance(150);
    expect(house.platform.reads).to.equal(1);
    await house.clock.advance(40);
    expect(house.platform.attributes['tier']).to.equal('new');
    const back = await house.wish({ tier: 'old' });
    await house.clock.advance(5_000);
    expect([house.state(back), house.platform.attributes['tier']]).to.deep.equal(['applied', 'old']);
  });

  it('is not satisfied by a read that the event of an overwrite has overtaken', async () => {
    const { house } = await confirmed({ settings: { policy: 'immediate' } });
    house.registry.gap();
    const newer = await house.wish({ tier: 'gold' });
    // the read has left, and shows what stood until now
    await house.clock.advance(15);
    overwrite(house, { tier: 'theirs' });
    await house.clock.advance(100);
    expect(house.platform.attributes['tier']).to.equal('gold');
    house.event();
    expect(house.state(newer)).to.equal('confirmed');
  });
});
