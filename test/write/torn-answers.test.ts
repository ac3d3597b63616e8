import { expect } from 'chai';
import type { Fate } from '../support/fake-platform.js';
import { Writing } from '../support/writing.js';

/** What may come in place of a conversation with status 200, by no fault of the platform. */
const torn = {
  'a page of a gateway': '<html>sign in</html>',
  'a torn body': '{"id":"p1","attr',
  'an object of another kind': { ok: true },
};

describe('a read whose success is not understood', () => {
  for (const [name, body] of Object.entries(torn)) {
    it(`${name} in place of the participant: the wish is not given up, but read again and written`, async () => {
      const fates: Fate[] = [{ kind: 'answered', status: 200, body }];
      const house = new Writing({ fate: ({ method }) => (method === 'GET' ? fates.shift() : undefined) ?? { kind: 'served' } });
      await house.known();
      house.registry.gap();
      const intent = await house.wish({ tier: 'gold' });
      await house.clock.advance(2_000);
      expect(house.state(intent)).to.equal('applied');
      expect([house.platform.reads, house.platform.writes.length]).to.deep.equal([2, 1]);
      expect(String(house.log.of('write.failed')[0]?.['error'])).to.contain('the platform failed, it is tried again (status 200)');
    });

    it(`${name} in place of a conversation that no event has told of: likewise`, async () => {
      const fates: Fate[] = [{ kind: 'answered', status: 200, body }];
      const house = new Writing({ fate: ({ method }) => (method === 'GET' ? fates.shift() : undefined) ?? { kind: 'served' } });
      const intent = await house.wish({ tier: 'gold' });
      await house.clock.advance(5_000);
      expect(house.state(intent)).to.equal('applied');
    });
  }

  it('is told as the reason of a dead letter when it never ends', async () => {
    const house = new Writing({
      settings: { giveUpAfter: 60_000 },
      fate: ({ method }) => (method === 'GET' ? { kind: 'answered', status: 200, body: 'a page' } : { kind: 'served' }),
    });
    await house.known();
    house.registry.gap();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(120_000);
    expect(house.state(intent)).to.equal('dead');
    expect(house.outbox.get(intent.id)?.reason?.what).to.contain('tells nothing that write.target voice understands');
  });
});

describe('an event that tells a version out of this world', () => {
  for (const version of [1_000_000, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
    it(`${version}: its ETag is refused once, not again and again, and the wish comes home`, async () => {
      const house = new Writing();
      await house.known();
      house.event({ version });
      const intent = await house.wish({ tier: 'gold' });
      await house.clock.advance(60_000);
      expect(['applied', 'confirmed']).to.include(house.state(intent));
      expect(house.platform.writes.map(({ ifMatch, status }) => [ifMatch, status])).to.deep.equal([
        [`"${version}"`, 409],
        ['"1"', 200],
      ]);
      expect(house.log.of('conversation.etag')).to.have.length(1);
    });
  }
});
