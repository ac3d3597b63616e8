import { expect } from 'chai';
import { applied, flight, overwrite } from '../support/proving.js';
import { Writing } from '../support/writing.js';

const settings = {
  enabled: true,
  policy: 'adaptive',
  quiet: 150,
  maxWait: 2_000,
  giveUpAfter: 900_000,
  confirmWithin: 10_000,
  reassert: 3,
} as const;

describe('a writer that is configured anew', () => {
  it('sends at once what was held, when write.enabled becomes true', async () => {
    const house = new Writing({ ...flight, settings: { enabled: false } });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(5_000);
    house.writer.configure(settings);
    await house.clock.advance(20);
    expect(house.state(intent)).to.equal('applied');
    await house.end();
  });

  it('holds what waits for calm, when write.enabled becomes false, and tells it once', async () => {
    const house = new Writing({ settings: { policy: 'debounce', quiet: 1_000 } });
    await house.known();
    await house.wish({ tier: 'gold' });
    house.writer.configure({ ...settings, enabled: false });
    await house.clock.advance(5_000);
    house.writer.configure({ ...settings, enabled: false, quiet: 1 });
    await house.clock.advance(5_000);
    expect(house.platform.writes).to.be.empty;
    expect(house.log.of('write.held')).to.have.length(1);
    await house.end();
  });

  for (const events of ['version', 'none'] as const)
    it(`does not send what waits for the budget, when write.enabled becomes false (events tell: ${events})`, async () => {
      const house = new Writing({ perMinute: 10, events });
      await house.known();
      for (const grant of await house.budget.grant(9)) grant.settle(true);
      const intent = await house.wish({ tier: 'gold' });
      expect([...house.writer.pipelines].map(({ state }) => state.at)).to.deep.equal(['queued']);
      house.writer.configure({ ...settings, enabled: false });
      await house.clock.advance(120_000);
      expect([house.platform.writes, house.platform.reads]).to.deep.equal([[], 0]);
      expect(house.log.of('write.held')).to.have.length(1);
      expect(house.state(intent)).to.equal('waiting');
      await house.end();
    });

  it('lets a request on the wire come home', async () => {
    const house = new Writing(flight);
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    house.writer.configure({ ...settings, enabled: false });
    await house.clock.advance(20);
    expect(house.state(intent)).to.equal('applied');
    await house.end();
  });

  it('judges what waits for calm by the new times', async () => {
    const house = new Writing({ ...flight, settings: { policy: 'debounce', quiet: 60_000, maxWait: 60_000 } });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    house.writer.configure({ ...settings, policy: 'immediate' });
    await house.clock.advance(20);
    expect(house.state(intent)).to.equal('applied');
    await house.end();
  });

  it('gives up what is older than is said now', async () => {
    const house = new Writing({ settings: { enabled: false } });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(5_000);
    house.writer.configure({ ...settings, giveUpAfter: 1_000 });
    await house.clock.advance(0);
    expect(house.state(intent)).to.equal('dead');
    await house.end();
  });

  it('writes again what others overwrite as often as is said now, also where it was written before', async () => {
    const { house, intent } = await applied();
    house.event();
    house.writer.configure({ ...settings, reassert: 0 });
    overwrite(house, { tier: 'theirs' });
    expect(house.state(intent)).to.equal('dead');
    await house.end();
  });

  it('reads back by the new time what is written from now on', async () => {
    const { house } = await applied();
    house.writer.configure({ ...settings, confirmWithin: 1_000 });
    await house.wish({ more: 'x' });
    await house.clock.advance(999);
    expect(house.platform.reads).to.equal(0);
    await house.clock.advance(1_000);
    expect(house.platform.reads).to.equal(1);
    await house.end();
  });
});
