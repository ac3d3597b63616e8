import { expect } from 'chai';
import { Fleet } from '../support/fleet.js';
import { Writing } from '../support/writing.js';

/** A call that is known, and a budget of which so many calls are left for usual ones in this minute. */
async function scarce({ perMinute, left }: { perMinute: number; left: number }): Promise<Writing> {
  const house = new Writing({ perMinute });
  await house.known();
  for (let used = 0; used < Math.floor(perMinute * 0.9) - left; used += 1)
    for (const grant of await house.budget.grant()) grant.settle(true);
  return house;
}

/** Keys in the order in which they were written. */
function written({ platform }: Writing): string[] {
  return platform.writes.flatMap(({ attributes }) => Object.keys(attributes));
}

describe('writing when calls are scarce', () => {
  it('uses half of the reserve for a call that ends, as soon as it ends', async () => {
    const house = await scarce({ perMinute: 20, left: 0 });
    await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(written(house)).to.deep.equal([]);
    house.event({ version: house.platform.version + 1, state: 'disconnected' });
    house.platform.bump();
    await house.clock.advance(1_000);
    expect(written(house)).to.deep.equal(['tier']);
    await house.end();
  });

  it('waits for a gap in churn that it would else not wait for', async () => {
    for (const [left, waits] of [
      [18, false],
      [3, true],
    ] as const) {
      const house = await scarce({ perMinute: 20, left });
      // long ago for a burst: nothing but the price of waiting holds it
      for (let time = 0; time < 1_000; time += 50) {
        house.platform.bump();
        house.event();
        await house.clock.advance(50);
      }
      await house.wish({ tier: 'gold' });
      await house.clock.advance(20);
      expect(written(house).length, `${left} left`).to.equal(waits ? 0 : 1);
      await house.clock.advance(200);
      expect(written(house)).to.deep.equal(['tier']);
      await house.end();
    }
  });

  it('merges what is wished while it waits, and tells the budget of it: the largest batch goes first in overload', async () => {
    const seen: string[] = [];
    const house = new Writing({
      perMinute: 3,
      exchange: (request) => {
        if (!request.url.endsWith('/oauth/token')) seen.push(request.compose?.()?.body ?? 'read');
        return Promise.resolve({
          status: 200,
          headers: { etag: '"2"' },
          body: request.url.endsWith('/oauth/token') ? { access_token: 't', expires_in: 86_400 } : { id: 'p', attributes: {} },
          code: undefined,
          correlationId: undefined,
        });
      },
    });
    for (const id of ['a', 'b', 'c'])
      house.registry.observe({
        topicName: 'v2.routing.queues.q.conversations.calls',
        eventBody: { id, version: 1, participants: [{ id: `p-${id}`, purpose: 'customer', state: 'connected', attributes: {} }] },
        metadata: {},
      });
    await house.clock.advance(10_000);
    for (let used = 0; used < 2; used += 1) for (const grant of await house.budget.grant()) grant.settle(true);
    const wish = (id: string, key: string): unknown => house.wish({ [key]: '1' }, { id: `p-${id}` }, id);
    wish('a', 'a1');
    wish('b', 'b1');
    wish('c', 'c1');
    await house.clock.advance(50_000);
    wish('b', 'b2');
    wish('b', 'b3');
    wish('c', 'c2');
    await house.clock.advance(11_000);
    expect(seen[0]).to.equal('{"attributes":{"b1":"1","b2":"1","b3":"1"}}');
    await house.end();
  });

  it('never makes more calls than the platform takes, with 120 conversations at 60 calls a minute, and loses nothing', async () => {
    const house = new Writing({ perMinute: 60, exchange: (request) => fleet.exchange(request) });
    const { clock } = house;
    const fleet: Fleet = new Fleet({ clock, seed: 1, conversations: 120, perMinute: 60 });
    fleet.start(house.ofFleet());
    await clock.advance(120_000);
    fleet.stopWishing();
    fleet.stopMoving();
    const busy = fleet.result();
    await clock.advance(600_000);
    const { wishes, finished, overLimit } = fleet.result();
    expect(overLimit).to.equal(0);
    expect(busy.requests, 'two minutes were used').to.be.within(100, 120);
    expect(wishes).to.be.above(1_500);
    expect(finished).to.equal(wishes);
    await house.end();
  });
});
