import { expect } from 'chai';
import type { Answer } from '../../src/genesys/answer.js';
import { eventually } from '../support/eventually.js';
import { answer } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { channelSecret, Org } from './support/org.js';

const hour = 3_600_000;

describe('Shard, when its channel is replaced', () => {
  const closing = cleanup();
  const open = async (): Promise<Org> => {
    const org = await Org.open();
    org.answering();
    closing(async () => {
      await org.close();
      expect(org.log.text, 'no channel id is ever logged').not.to.include(channelSecret);
    });
    void org.run();
    await org.connected();
    return org;
  };
  /** It is replaced, and the old one is closed. */
  const rotated = async (org: Org, times = 1): Promise<void> => {
    await eventually(`it was replaced ${times} times`, () => org.log.of('channel.rotated').length === times);
    await org.clock.advance(2_000);
    await eventually('the old one is closed', () => org.streaming.live === 1);
  };

  it('makes the new one before the old one goes, with a token of its own, and without a gap', async () => {
    const org = await open();
    const tokens = org.log.of('auth.token').length;
    org.shard.rotate('expiry');
    await rotated(org);
    expect(org.created).to.equal(2);
    expect(org.log.of('auth.token')).to.have.length(tokens + 1);
    expect(org.signals).to.deep.equal(['gap']);
    expect(org.shard.connected).to.equal(true);
    const events = org.log.lines.map(({ event }) => event);
    expect(events.lastIndexOf('channel.connected')).to.be.below(events.indexOf('channel.rotated'));
    expect(org.log.of('channel.rotated')[0]).to.include({ reason: 'expiry' });
    expect(org.log.of('channel.lost')).to.be.empty;
    org.streaming.event(1);
    await eventually('the new one is listened to', () => org.signals.at(-1) === 'event 1');
  });

  it('does not close the old one before the first frame of the new one has come', async () => {
    const org = await open();
    const { reply } = org.streaming;
    org.streaming.reply = (message, path): unknown => (message.message === 'ping' ? undefined : reply(message, path));
    org.shard.rotate('expiry');
    await eventually('the second socket is there', () => org.streaming.sockets.length === 2 && org.subscribed === 2);
    expect(org.log.of('channel.rotated')).to.be.empty;
    org.streaming.event(7, org.streaming.sockets[0]);
    await eventually('the old one is listened to', () => org.signals.includes('event 7'));
    org.streaming.event(7, org.streaming.sockets[1]);
    await rotated(org);
    org.streaming.event(8);
    await eventually('the new one is listened to', () => org.signals.includes('event 8'));
    expect(org.signals, 'the copy of 7 is dropped').to.deep.equal(['gap', 'event 7', 'event 8']);
  });

  it('is due half an hour before the end of its token, and only then', async () => {
    const org = await open();
    await org.clock.advance(23.5 * hour - 1);
    expect(org.created).to.equal(1);
    await org.clock.advance(1);
    await rotated(org);
    expect(org.log.of('channel.rotated')[0]).to.include({ reason: 'expiry' });
    // and again for the new one
    await org.clock.advance(23.5 * hour);
    await rotated(org, 2);
  });

  it('follows a new setting for when that is due', async () => {
    const org = await open();
    org.settings.rotateBefore = 2 * hour;
    org.shard.replan();
    await org.clock.advance(22 * hour);
    await rotated(org);
  });

  it('renews the subscriptions instead where the token outlives the channel', async () => {
    const org = await Org.open();
    org.answering();
    org.tokenSeconds = 172_800;
    closing(() => org.close());
    void org.run();
    await org.connected();
    expect(org.subscribed).to.equal(1);
    await org.clock.advance(23.5 * hour);
    await eventually('it was renewed', () => org.subscribed === 2);
    expect(org.created).to.equal(1);
    org.subscribe = (): Answer => answer(503);
    await org.clock.advance(10 * hour);
    expect(org.log.of('channel.failed'), 'nothing was due').to.be.empty;
  });

  it('is tried again while the old one works, and gives up when that ends', async () => {
    const org = await open();
    org.create = (): Answer => answer(503);
    org.random = 1;
    org.shard.rotate('reload');
    await eventually('it failed', () => org.log.of('channel.failed').length === 1);
    expect(org.shard.connected).to.equal(true);
    org.streaming.event(1);
    await eventually('the old one is listened to', () => org.signals.includes('event 1'));
    org.streaming.last.terminate();
    await eventually('it is lost', () => org.log.of('channel.lost').length === 1);
    org.create = undefined;
    await org.clock.advance(500);
    await org.connected(2);
    expect(org.signals).to.deep.equal(['gap', 'event 1', 'gap', 'gap']);
  });

  it('takes a new one over that came when the old one had ended, and tells of the gap', async () => {
    const org = await open();
    let release: (given: Answer | undefined) => void = () => undefined;
    org.create = (): Promise<Answer> => new Promise((resolve) => (release = resolve as typeof release));
    org.shard.rotate('closing');
    await eventually('the channel is asked for', () => org.calls.filter((call) => call === 'POST channel').length === 2);
    org.streaming.last.terminate();
    await eventually('the old one is gone', () => org.streaming.live === 0);
    org.create = undefined;
    release(answer(200, { id: `${channelSecret}-9`, connectUri: org.streaming.uri(`${channelSecret}-9`) }));
    await rotated(org);
    expect(org.signals).to.deep.equal(['gap', 'gap']);
  });

  it('makes another one where other hosts were wished for while it was made', async () => {
    const org = await open();
    let release: () => void = () => undefined;
    org.create = (): Promise<Answer> =>
      new Promise((resolve) => {
        release = (): void => {
          org.create = undefined;
          resolve(answer(200, { id: `${channelSecret}-9`, connectUri: org.streaming.uri(`${channelSecret}-9`) }));
        };
      });
    org.shard.rotate('expiry');
    await eventually('the channel is asked for', () => org.calls.filter((call) => call === 'POST channel').length === 2);
    org.shard.rotate('reload');
    release();
    await rotated(org, 2);
    expect(org.log.of('channel.rotated').map(({ reason }) => reason)).to.deep.equal(['expiry', 'reload']);
  });

  it('is not called open once the old one has ended and no new one is there', async () => {
    const org = await open();
    let release: (given: Answer) => void = () => undefined;
    org.create = (): Promise<Answer> => new Promise((resolve) => (release = resolve));
    org.shard.rotate('expiry');
    await eventually('the channel is asked for', () => org.calls.filter((call) => call === 'POST channel').length === 2);
    org.streaming.last.terminate();
    await eventually('the old one is gone', () => !org.shard.connected);
    expect(org.shard.figures.state).to.equal('connecting');
    org.shard.stop();
    release(answer(503));
  });

  it('gives a new one up that does not come to life in time', async () => {
    const org = await open();
    org.streaming.reply = () => undefined;
    org.shard.rotate('expiry');
    await eventually('the second socket is there', () => org.streaming.sockets.length === 2 && org.subscribed === 2);
    await org.clock.advance(11_000);
    org.streaming.event(1, org.streaming.sockets[0]);
    await eventually('the old one is heard', () => org.signals.includes('event 1'));
    await org.clock.advance(20_000);
    await eventually('it is given up', () => org.log.of('channel.failed').length === 1);
    expect(org.log.of('channel.failed')[0]?.['error']).to.match(/did not come to life: it took too long/);
    expect(org.shard.connected).to.equal(true);
  });

  it('happens when the platform announces that it closes the socket', async () => {
    const org = await open();
    org.streaming.send({ topicName: 'v2.system.socket_closing', eventBody: { message: 'closing' } });
    await rotated(org);
    expect(org.log.of('channel.closing')).to.have.length(1);
    expect(org.log.of('channel.rotated')[0]).to.include({ reason: 'closing' });
    expect(org.signals).to.deep.equal(['gap']);
  });

  it('leaves the next connection to a new channel if there is none that is open', async () => {
    const org = await open();
    org.random = 1;
    org.streaming.last.terminate();
    await eventually('it is lost', () => org.shard.state.at === 'waiting');
    org.shard.rotate('reload');
    await org.clock.advance(500);
    await org.connected(2);
    expect(org.created).to.equal(2);
  });

  describe('by another client', () => {
    it('says so where the platform tells it', async () => {
      const org = await open();
      org.streaming.send({
        topicName: `v2.system.no_longer_subscribed.${channelSecret}-1`,
        eventBody: { reason: 'another_channel_subscribed' },
      });
      await eventually('it was told', () => org.log.of('channel.evicted').length === 1);
      expect(org.log.lines.find(({ event }) => event === 'channel.evicted')?.message).to.match(
        /another client uses this OAuth client’s channels/,
      );
    });

    for (const [channels, told] of [
      [20, 1],
      [3, 0],
    ] as const) {
      it(`looks for it when the channel is gone, and finds ${channels} channels`, async () => {
        const org = await open();
        org.count = (): Answer => answer(200, { entities: Array.from({ length: channels }, () => ({})) });
        org.streaming.refuse = 404;
        org.streaming.last.terminate();
        await eventually('it is lost', () => org.shard.state.at === 'waiting');
        await org.clock.advance(0);
        await eventually('it is gone', () => org.log.of('channel.lost').length === 2 && org.shard.state.at === 'waiting');
        org.streaming.refuse = undefined;
        await org.clock.advance(0);
        await org.connected(2);
        await eventually('it was counted', () => org.calls.filter((call) => call === 'GET channel').length === 1);
        expect(org.log.of('channel.evicted')).to.have.length(told);
      });
    }
  });
});
