import { expect } from 'chai';
import { ApiError } from '../../../src/simulator/platform/errors.js';
import type { SimChannel } from '../../../src/simulator/platform/channels.js';
import { Org } from '../org.js';

const day = 86_400_000;

/** So many channels, a minute apart. */
async function make(org: Org, count: number): Promise<SimChannel[]> {
  const made: SimChannel[] = [];
  for (let index = 0; index < count; index += 1) {
    await org.clock.advance(60_000);
    made.push(org.channels.create(org.token));
  }
  return made;
}

const topic = (index: number): string => `v2.routing.queues.q${index}.conversations`;

describe('the channels of the simulator', () => {
  it('remove the longest unused one for the 21st', async () => {
    const org = new Org();
    const made = await make(org, 20);
    org.channels.get(made[0]!.id);
    const removed: string[] = [];
    org.channels.onRemoved = ({ id }, event) => removed.push(`${id} ${event?.topic ?? ''} ${event?.reason ?? ''}`);
    await make(org, 1);
    expect(org.channels.all()).to.have.length(20);
    expect(org.channels.find(made[0]!.id)).to.equal(made[0]);
    expect(org.channels.find(made[1]!.id)).to.be.undefined;
    expect(removed).to.deep.equal([`${made[1]!.id} no_longer_subscribed another_channel_subscribed`]);
  });

  it('count a subscription as a use', async () => {
    const org = new Org();
    const made = await make(org, 20);
    org.channels.subscribe(made[0]!, [topic(1)], 'add', false);
    await make(org, 1);
    expect(org.channels.find(made[0]!.id)).to.equal(made[0]);
    expect(org.channels.find(made[1]!.id)).to.be.undefined;
  });

  it('count for a client across its tokens', async () => {
    const org = new Org();
    const made = await make(org, 20);
    await org.clock.advance(60_000);
    org.channels.create(org.login());
    expect(org.channels.find(made[0]!.id)).to.be.undefined;
  });

  it('live a day from the last subscription', async () => {
    const org = new Org({ tokenSeconds: 172_800 });
    const channel = org.channels.create(org.token);
    await org.clock.advance(day - 1);
    org.channels.subscribe(channel, [topic(1)], 'add', false);
    await org.clock.advance(day - 1);
    expect(org.channels.get(channel.id)).to.equal(channel);
    await org.clock.advance(1);
    expect(() => org.channels.get(channel.id))
      .to.throw(ApiError)
      .with.property('status', 404);
    expect(org.channels.all()).to.be.empty;
  });

  it('die with their token', async () => {
    const org = new Org({ tokenSeconds: 600 });
    const channel = org.channels.create(org.token);
    expect(org.channels.expires(channel)).to.equal(600_000);
    await org.clock.advance(600_000);
    expect(org.channels.find(channel.id)).to.be.undefined;
  });

  it('are swept away when their time is over, and only then', async () => {
    const org = new Org({ tokenSeconds: 600 });
    const channel = org.channels.create(org.token);
    const removed: unknown[] = [];
    org.channels.onRemoved = (gone, event) => removed.push([gone, event]);
    org.channels.sweep();
    expect(removed).to.be.empty;
    await org.clock.advance(600_000);
    org.channels.sweep();
    org.channels.sweep();
    expect(removed).to.deep.equal([[channel, undefined]]);
  });

  it('say goodbye when their token is revoked', () => {
    const org = new Org();
    org.channels.create(org.token);
    const reasons: unknown[] = [];
    org.channels.onRemoved = (_, event) => reasons.push(event);
    org.oauth.revokeAll();
    expect(reasons).to.deep.equal([{ topic: 'token_revoked', reason: 'user_tokens_revoked' }]);
    expect(org.channels.all()).to.be.empty;
  });

  it('meet a 429 when 16 are made at once', async () => {
    const org = new Org();
    for (let count = 0; count < 15; count += 1) org.channels.create(org.token);
    expect(() => org.channels.create(org.token))
      .to.throw(ApiError)
      .with.property('status', 429);
    await org.clock.advance(1_000);
    expect(() => org.channels.create(org.token)).not.to.throw();
  });

  it('take a thousand topics and no more', () => {
    const org = new Org();
    const channel = org.channels.create(org.token);
    org.channels.subscribe(
      channel,
      Array.from({ length: 999 }, (_, index) => topic(index)),
      'replace',
      false,
    );
    org.channels.subscribe(channel, ['v2.users.u?conversations&presence'], 'add', false);
    expect(channel.topics).to.have.length(1_000);
    org.channels.subscribe(channel, [topic(5)], 'add', false);
    expect(() => org.channels.subscribe(channel, [topic(1_000)], 'add', true))
      .to.throw(ApiError)
      .that.includes({ status: 400, code: 'notification.subscription.too.many.subscriptions' });
    expect(channel.topics).to.have.length(1_000);
  });

  it('deliver a combined topic under the names it stands for', () => {
    const org = new Org();
    const channel = org.channels.create(org.token);
    org.channels.subscribe(channel, ['v2.users.u?conversations&presence'], 'add', false);
    expect(channel.topics).to.deep.equal(['v2.users.u?conversations&presence']);
    expect([...channel.delivered]).to.deep.equal(['v2.users.u.conversations', 'v2.users.u.presence']);
  });

  it('replace, add and drop topics', () => {
    const org = new Org();
    const channel = org.channels.create(org.token);
    org.channels.subscribe(channel, [topic(1), topic(2)], 'replace', false);
    org.channels.subscribe(channel, [topic(3)], 'replace', false);
    org.channels.subscribe(channel, [topic(4)], 'add', false);
    expect(channel.topics).to.deep.equal([topic(3), topic(4)]);
    org.channels.unsubscribe(channel, [topic(3), topic(9)]);
    expect(channel.topics).to.deep.equal([topic(4)]);
    expect([...channel.delivered]).to.deep.equal([topic(4)]);
  });

  it('refuse a whole request for one bad topic, or judge each by itself', () => {
    const org = new Org({ permissions: ['routing:queue:view'] });
    const channel = org.channels.create(org.token);
    const forbidden = 'v2.users.u?conversations&presence';
    const long = `v2.routing.queues.${'q'.repeat(200)}.conversations`;
    const refused = (name: string, status: number, code: string): void => {
      expect(() => org.channels.subscribe(channel, [topic(1), name], 'add', false))
        .to.throw(ApiError)
        .that.includes({ status, code });
      expect(channel.topics).to.be.empty;
    };
    refused('v2.nothing', 400, 'notification.invalid.topic');
    refused(long, 400, 'notification.invalid.topic');
    refused('v2.users.u?conversations&nothing', 400, 'notification.invalid.topic');
    refused(forbidden, 403, 'missing.permissions');
    expect(org.channels.subscribe(channel, [topic(1), 'v2.nothing', forbidden], 'add', true)).to.deep.equal([
      { id: topic(1), state: 'Permitted' },
      { id: 'v2.nothing', state: 'Rejected', rejectionReason: 'notification.invalid.topic' },
      {
        id: forbidden,
        state: 'Rejected',
        rejectionReason: 'missing.permissions',
        missingPermissions: ['conversation:communication:view', 'presence:user:view'],
      },
    ]);
    expect(channel.topics).to.deep.equal([topic(1)]);
  });

  it('permit a combined topic of which a part is forbidden, and tell that part beside it', () => {
    const org = new Org({ permissions: ['conversation:communication:view'] });
    const channel = org.channels.create(org.token);
    const combined = 'v2.users.u?conversations&presence';
    expect(org.channels.subscribe(channel, [combined], 'add', true)).to.deep.equal([
      { id: combined, state: 'Permitted' },
      {
        id: 'v2.users.u.presence',
        state: 'Rejected',
        rejectionReason: 'missing.permissions',
        missingPermissions: ['presence:user:view'],
      },
    ]);
    expect(channel.topics).to.deep.equal([combined]);
    expect([...channel.delivered]).to.deep.equal(['v2.users.u.conversations']);
    expect(() => org.channels.subscribe(channel, [combined], 'replace', false))
      .to.throw(ApiError)
      .that.includes({ status: 403, code: 'missing.permissions' });
  });
});
