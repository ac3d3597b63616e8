import { expect } from 'chai';
import { NoAnswer } from '../../src/genesys/errors.js';
import { eventually } from '../support/eventually.js';
import { settled } from '../support/fake-clock.js';
import { answer } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { channelSecret, Org } from './support/org.js';

describe('Shard', () => {
  const closing = cleanup();
  const open = async (topics?: readonly string[]): Promise<Org> => {
    const org = await Org.open(topics);
    closing(async () => {
      await org.close();
      expect(org.log.text, 'no channel id is ever logged').not.to.include(channelSecret);
    });
    return org;
  };
  const lost = (org: Org, times = 1): Promise<void> =>
    eventually(`a socket was lost ${times} times`, () => org.log.of('channel.lost').length === times && org.shard.state.at === 'waiting');

  it('connects a channel, subscribes, and then tells of a gap before what comes', async () => {
    const org = await open();
    expect(org.shard.state).to.deep.equal({ at: 'idle' });
    void org.run();
    await org.connected();
    expect(org.signals).to.deep.equal(['gap']);
    for (let n = 0; n < 3; n += 1) org.streaming.event(n);
    await eventually('events came', () => org.signals.length === 4);
    expect(org.signals).to.deep.equal(['gap', 'event 0', 'event 1', 'event 2']);
    expect(org.log.lines.map(({ event }) => event)).to.deep.equal([
      'auth.token',
      'channel.created',
      'channel.connected',
      'topics.subscribed',
    ]);
    expect(org.log.of('topics.subscribed')).to.deep.equal([{ topic: 'v2.x' }]);
  });

  it('says topic by topic what is refused and which permissions are missing, and again only when that changes', async () => {
    const org = await open(['v2.a', 'v2.b', 'v2.c']);
    const entities = [
      { id: 'v2.a', state: 'Permitted' },
      { id: 'v2.b', state: 'Rejected', rejectionReason: 'missing.permissions', missingPermissions: ['p:q:r', 's:t:u'] },
      { id: 'v2.c', state: 'Rejected', rejectionReason: 'notification.invalid.topic' },
    ];
    org.subscribe = (): ReturnType<typeof answer> => answer(200, { entities });
    void org.run();
    await org.connected();
    const rejected = [
      { topic: 'v2.b', reason: 'missing.permissions', missingPermissions: ['p:q:r', 's:t:u'] },
      { topic: 'v2.c', reason: 'notification.invalid.topic', missingPermissions: [] },
    ];
    expect(org.log.of('topics.rejected')).to.deep.equal(rejected);
    expect(org.shard.topics.map(({ permitted }) => permitted)).to.deep.equal([true, false, false]);
    entities[1] = { id: 'v2.b', state: 'Permitted' };
    org.streaming.last.terminate();
    await lost(org);
    await org.clock.advance(0);
    await org.connected(2);
    expect(org.log.of('topics.rejected')).to.deep.equal(rejected);
    expect(org.log.of('topics.subscribed').map(({ topic }) => topic)).to.deep.equal(['v2.a', 'v2.b']);
  });

  it('hands on events that come while it subscribes', async () => {
    const org = await open();
    let release: () => void = () => undefined;
    org.subscribe = (): Promise<ReturnType<typeof answer>> =>
      new Promise((resolve) => {
        release = (): void => {
          resolve(answer(200, { entities: [] }));
        };
      });
    void org.run();
    await org.at('subscribing');
    expect(org.shard.connected).to.equal(false);
    org.streaming.event(1);
    await eventually('it came', () => org.signals.length === 1);
    release();
    await org.at('open');
    expect(org.signals).to.deep.equal(['event 1', 'gap']);
  });

  describe('after a cut', () => {
    it('tells of a gap, and connects to the same channel again', async () => {
      const org = await open();
      org.random = 0.5;
      void org.run();
      await org.connected();
      org.streaming.last.close(1001, 'restart');
      await lost(org);
      expect(org.signals).to.deep.equal(['gap', 'gap']);
      expect(org.shard.state).to.deep.equal({ at: 'waiting', until: 250 });
      const [fields] = org.log.of('channel.lost');
      expect(fields).to.deep.include({ closeCode: 1001, reason: 'restart', retryInMs: 250 });
      expect(fields?.['channel']).to.equal(org.log.of('channel.created')[0]?.['channel']);
      await org.clock.advance(249);
      expect(org.streaming.upgrades).to.have.length(1);
      await org.clock.advance(1);
      await org.connected(2);
      expect(org.signals).to.deep.equal(['gap', 'gap', 'gap']);
      expect(org.created).to.equal(1);
      expect(org.subscribed, 'the subscriptions are made again').to.equal(2);
      expect(new Set(org.streaming.upgrades.map(({ path }) => path)).size).to.equal(1);
    });

    it('makes a new channel if the old one is gone by then', async () => {
      const org = await open();
      void org.run();
      await org.connected();
      org.streaming.refuse = 404;
      org.streaming.last.terminate();
      await lost(org);
      await org.clock.advance(0);
      await lost(org, 2);
      expect(org.log.of('channel.lost')[1]).to.include({ closeCode: 404 });
      org.streaming.refuse = undefined;
      await org.clock.advance(0);
      await org.connected(2);
      expect(org.created).to.equal(2);
      expect(new Set(org.log.of('channel.created').map(({ channel }) => channel)).size).to.equal(2);
    });

    it('keeps the channel while the streaming host is only out of order', async () => {
      const org = await open();
      org.streaming.refuse = 503;
      void org.run();
      await lost(org);
      org.streaming.refuse = undefined;
      await org.clock.advance(0);
      await org.connected();
      expect(org.created).to.equal(1);
      expect(org.signals).to.deep.equal(['gap', 'gap']);
    });

    it('that comes while it subscribes is not connected, and comes back', async () => {
      const org = await open();
      let release: () => void = () => undefined;
      org.subscribe = (): Promise<ReturnType<typeof answer>> =>
        new Promise((resolve) => {
          release = (): void => {
            resolve(answer(200, { entities: [] }));
          };
        });
      void org.run();
      await org.at('subscribing');
      const { state } = org.shard;
      org.streaming.last.terminate();
      await eventually('the socket has ended', () => state.at === 'subscribing' && !state.link.open);
      org.subscribe = undefined;
      release();
      await lost(org);
      expect(org.signals, 'the loss alone').to.deep.equal(['gap']);
      await org.clock.advance(0);
      await org.connected(2);
    });
  });

  describe('when the platform says that the channel is over', () => {
    for (const topic of ['no_longer_subscribed', 'token_revoked']) {
      it(`by ${topic}, makes a new one`, async () => {
        const org = await open();
        void org.run();
        await org.connected();
        org.streaming.send({ topicName: `v2.system.${topic}.${channelSecret}-1`, eventBody: { reason: 'x' } });
        await lost(org);
        expect(org.log.of('channel.closing')).to.deep.equal([
          { channel: org.log.of('channel.created')[0]?.['channel'], topic: `v2.system.${topic}` },
        ]);
        expect(org.signals).to.deep.equal(['gap', 'gap']);
        await eventually('the old socket is closed', () => org.streaming.live === 0);
        await org.clock.advance(0);
        await org.connected(2);
        expect(org.created).to.equal(2);
      });
    }

    it('soon, tells and stays', async () => {
      const org = await open();
      void org.run();
      await org.connected();
      org.streaming.send({ topicName: 'v2.system.socket_closing', eventBody: { message: 'closing' } });
      await eventually('it was told', () => org.log.of('channel.closing').length === 1);
      expect(org.shard.connected).to.equal(true);
      expect(org.signals).to.deep.equal(['gap']);
    });

    it('when it subscribes, makes a new one', async () => {
      const org = await open();
      org.subscribe = (): ReturnType<typeof answer> | Promise<ReturnType<typeof answer>> => answer(404, { code: 'not.found' });
      void org.run();
      await eventually('it failed', () => org.log.of('channel.failed').length === 1);
      expect(org.log.of('channel.failed')[0]).to.include({ status: 404, code: 'not.found', body: '{"code":"not.found"}', retryInMs: 0 });
      org.subscribe = undefined;
      await org.clock.advance(0);
      await org.connected(2);
      expect(org.created).to.equal(2);
      await eventually('the first socket is closed', () => org.streaming.live === 1);
    });
  });

  it('keeps the channel when subscribing fails for another reason', async () => {
    const org = await open();
    org.subscribe = (): never => {
      throw new NoAnswer('PUT /x', 'reset', true);
    };
    void org.run();
    await eventually('it failed', () => org.log.of('channel.failed').length === 1);
    expect(org.log.of('channel.failed')).to.deep.equal([{ error: 'PUT /x: no answer, reset; it may have arrived', retryInMs: 0 }]);
    org.subscribe = undefined;
    await org.clock.advance(0);
    await org.connected(2);
    expect(org.created).to.equal(1);
  });

  it('takes silence for death', async () => {
    const org = await open();
    void org.run();
    await org.connected();
    await org.clock.advance(34_999);
    expect(org.log.of('channel.silent')).to.be.empty;
    await org.clock.advance(1);
    expect(org.log.of('channel.silent')).to.have.length(1);
    expect(org.log.of('channel.silent')[0]).to.include({ silentMs: 35_000 });
    expect(org.log.of('channel.lost')[0]).to.include({ closeCode: 1006 });
    expect(org.signals.slice(0, 2)).to.deep.equal(['gap', 'gap']);
    await org.connected(2);
    expect(org.created).to.equal(1);
  });

  it('tells of a gap when the machine was suspended', async () => {
    const org = await open();
    void org.run();
    await org.connected();
    org.clock.sleep(60_000);
    await org.clock.advance(12_000);
    expect(org.signals).to.deep.equal(['gap', 'gap']);
    expect(org.shard.connected).to.equal(true);
  });

  it('drops what it cannot understand, says so, and does not repeat it', async () => {
    const org = await open();
    void org.run();
    await org.connected();
    for (const frame of ['garbage', '{}', { result: '200', status: 'subscribed' }, { topicName: 'channel.metadata', eventBody: {} }])
      org.streaming.send(frame);
    org.streaming.event(7);
    await eventually('the good one came', () => org.signals.includes('event 7'));
    expect(org.signals).to.deep.equal(['gap', 'event 7']);
    expect(org.log.of('frame.invalid')).to.deep.equal([
      { error: 'the frame is not JSON', bytes: 7 },
      { error: 'the frame has neither topicName and eventBody nor result', bytes: 2 },
    ]);
    expect(org.log.text).not.to.include('garbage');
    await settled();
    expect(org.shard.connected).to.equal(true);
  });
});
