import { expect } from 'chai';
import { countChannels, createChannel, isAlive, shown, subscribe, subscriptionsOf } from '../../src/genesys/channel.js';
import { Refused } from '../../src/genesys/errors.js';
import { RestClient } from '../../src/genesys/rest.js';
import { TokenSource } from '../../src/genesys/token.js';
import { answer, FakeExchange, rejection } from './support/answers.js';
import { ground } from './support/budgets.js';

const id = 'streaming-5-hush';
const channel = { id, connectUri: `wss://streaming.test/channels/${id}`, expires: undefined };

function restTo(platform: FakeExchange, options: Parameters<typeof ground>[0] = {}): RestClient {
  const base = ground(options);
  const login = new FakeExchange(() => answer(200, { access_token: 't', expires_in: 100 }));
  const token = new TokenSource({ ...base, exchange: login.exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
  return new RestClient({ budget: base.budget, token, exchange: platform.exchange, apiUrl: 'https://api.test', timeout: 1 });
}

describe('createChannel', () => {
  it('makes a channel without a body', async () => {
    const platform = new FakeExchange(() => answer(200, { ...channel, expires: '2026-01-02T00:00:00.000Z', extra: 1 }));
    expect(await createChannel(restTo(platform))).to.deep.equal({ ...channel, expires: '2026-01-02T00:00:00.000Z' });
    const [sent] = platform.sent;
    expect(sent?.request).to.include({ method: 'POST', url: 'https://api.test/api/v2/notifications/channels' });
    expect(sent?.composed).to.deep.equal({});
  });

  it('does without an expiry', async () => {
    expect(await createChannel(restTo(new FakeExchange(() => answer(200, { id, connectUri: channel.connectUri }))))).to.deep.equal(channel);
  });

  it('may use the reserve of the budget', async () => {
    const platform = new FakeExchange(() => answer(200, channel));
    expect(await createChannel(restTo(platform, { perMinute: 3, reserve: 1 }))).to.deep.equal(channel);
  });

  for (const [name, body] of [
    ['no id', { connectUri: channel.connectUri }],
    ['an empty id', { ...channel, id: '' }],
    ['no URI', { id }],
    ['a URI that is none', { id, connectUri: `streaming.test/channels/${id}` }],
    ['a URI of another kind', { id, connectUri: `https://streaming.test/channels/${id}` }],
    ['text', `<html>${id}`],
  ] as const) {
    it(`refuses an answer with ${name}, and gives nothing of it away`, async () => {
      const error = await rejection(createChannel(restTo(new FakeExchange(() => answer(200, body)))));
      expect(error).to.be.instanceOf(Refused);
      expect(String(error) + JSON.stringify(error)).not.to.include('hush');
    });
  }

  it('throws what the platform refuses', async () => {
    const error = await rejection(createChannel(restTo(new FakeExchange(() => answer(403, { code: 'missing.permissions' })))));
    expect(error).to.deep.include({ verdict: 'forbidden' });
  });
});

describe('subscribe', () => {
  it('puts all topics in place of what was, and asks for a word on each', async () => {
    const platform = new FakeExchange(() =>
      answer(200, {
        entities: [
          { id: 'v2.c', state: 'SomethingNew', selfUri: '/x' },
          { id: 'v2.b', state: 'Rejected', rejectionReason: 'missing.permissions', missingPermissions: ['routing:queue:view'] },
          { id: 'v2.a', state: 'Permitted', rejectionReason: null, missingPermissions: null },
          { id: 'v2.d' },
          { id: 'v2.unasked', state: 'Permitted' },
        ],
      }),
    );
    const states = await subscribe(restTo(platform), channel, ['v2.a', 'v2.b', 'v2.c', 'v2.d', 'v2.forgotten']);
    expect(states).to.deep.equal([
      { topic: 'v2.a', permitted: true, reason: undefined, missingPermissions: [] },
      { topic: 'v2.b', permitted: false, reason: 'missing.permissions', missingPermissions: ['routing:queue:view'] },
      { topic: 'v2.c', permitted: true, reason: undefined, missingPermissions: [] },
      { topic: 'v2.d', permitted: true, reason: undefined, missingPermissions: [] },
      { topic: 'v2.forgotten', permitted: false, reason: 'the answer does not name it', missingPermissions: [] },
    ]);
    const [sent] = platform.sent;
    expect(sent?.request).to.include({
      method: 'PUT',
      url: `https://api.test/api/v2/notifications/channels/${id}/subscriptions?ignoreErrors=true`,
    });
    expect(JSON.parse(sent?.composed.body ?? '')).to.deep.equal(
      ['v2.a', 'v2.b', 'v2.c', 'v2.d', 'v2.forgotten'].map((topic) => ({ id: topic })),
    );
    expect(sent?.composed.headers).to.deep.equal({ 'content-type': 'application/json' });
  });

  it('asks nothing if there are no topics to add, and takes all away if there are none to have', async () => {
    const platform = new FakeExchange(() => answer(200, { entities: [] }));
    expect(await subscribe(restTo(platform), channel, [], 'add')).to.deep.equal([]);
    expect(platform.sent).to.be.empty;
    expect(await subscribe(restTo(platform), channel, [])).to.deep.equal([]);
    expect(platform.sent[0]?.composed.body).to.equal('[]');
  });

  it('tells of a part of a combined topic that is refused, beside it', async () => {
    const combined = 'v2.users.u?conversations&presence';
    const part = { id: 'v2.users.u.presence', state: 'Rejected', rejectionReason: 'missing.permissions', missingPermissions: ['p'] };
    const platform = new FakeExchange(() => answer(200, { entities: [{ id: combined, state: 'Permitted' }, part] }));
    expect(await subscribe(restTo(platform), channel, [combined])).to.deep.equal([
      { topic: combined, permitted: true, reason: undefined, missingPermissions: [] },
      { topic: part.id, permitted: false, reason: 'missing.permissions', missingPermissions: ['p'] },
    ]);
  });

  it('adds topics beside those that are there by POST', async () => {
    const platform = new FakeExchange(() => answer(200, { entities: [{ id: 'v2.a' }] }));
    expect(await subscribe(restTo(platform), channel, ['v2.a'], 'add')).to.have.length(1);
    expect(platform.sent[0]?.request.method).to.equal('POST');
  });

  it('does not trust a channel’s id as part of a path', async () => {
    const platform = new FakeExchange(() => answer(200, { entities: [] }));
    await subscribe(restTo(platform), { ...channel, id: '../a?b' }, ['v2.a']);
    expect(platform.sent[0]?.request.url).to.include('/channels/..%2Fa%3Fb/subscriptions?');
  });

  for (const [status, body, verdict] of [
    [404, { code: 'not.found' }, 'gone'],
    [400, { code: 'notification.subscription.too.many.subscriptions' }, 'invalid'],
    [302, undefined, 'server'],
    [503, undefined, 'server'],
    [200, undefined, 'done'],
    [200, { entities: [{ state: 'Permitted' }] }, 'done'],
  ] as const) {
    it(`throws status ${status} with body ${JSON.stringify(body)}, and does not name the channel`, async () => {
      const error = await rejection(subscribe(restTo(new FakeExchange(() => answer(status, body))), channel, ['v2.a']));
      expect(error).to.be.instanceOf(Refused).and.deep.include({ verdict });
      expect(String(error) + JSON.stringify(error)).not.to.include('hush');
    });
  }
});

describe('shown', () => {
  it('tells channels apart and gives nothing of them away', () => {
    expect(shown(channel))
      .to.match(/^[0-9a-f]{8}$/)
      .and.to.equal(shown({ ...channel }));
    expect(shown(channel)).not.to.equal(shown({ ...channel, id: 'streaming-6' }));
  });
});

describe('what the platform has of a channel', () => {
  it('is alive, gone, or not told', async () => {
    const alive = (status: number): Promise<boolean> => isAlive(restTo(new FakeExchange(() => answer(status))), channel);
    expect(await alive(200)).to.equal(true);
    expect(await alive(404)).to.equal(false);
    expect(await rejection(alive(500))).to.be.instanceOf(Refused);
  });

  it('are its topics, but for those that are refused', async () => {
    const platform = new FakeExchange(() => answer(200, { entities: [{ id: 'v2.a' }, { id: 'v2.b', state: 'Rejected' }] }));
    expect(await subscriptionsOf(restTo(platform), channel)).to.deep.equal(['v2.a']);
    expect(platform.sent[0]?.request.method).to.equal('GET');
    for (const wrong of [answer(404), answer(200, { entities: 1 })])
      expect(await rejection(subscriptionsOf(restTo(new FakeExchange(() => wrong)), channel))).to.be.instanceOf(Refused);
  });

  it('is one of so many of the OAuth client', async () => {
    const platform = new FakeExchange(() => answer(200, { entities: [{ id: 'a' }, { expires: 'x' }] }));
    expect(await countChannels(restTo(platform))).to.equal(2);
    expect(platform.sent[0]?.request.url).to.match(/channels\?includechannels=oauthclient$/);
    expect(await rejection(countChannels(restTo(new FakeExchange(() => answer(200, [])))))).to.be.instanceOf(Refused);
  });
});
