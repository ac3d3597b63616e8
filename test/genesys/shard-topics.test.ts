import { expect } from 'chai';
import type { Answer } from '../../src/genesys/answer.js';
import { eventually } from '../support/eventually.js';
import { answer } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { channelSecret, Org } from './support/org.js';

describe('Shard, when its topics change', () => {
  const closing = cleanup();
  const open = async (): Promise<Org> => {
    const org = await Org.open(['v2.a', 'v2.b']);
    org.answering();
    closing(() => org.close());
    void org.run();
    await org.connected();
    return org;
  };
  const frames = (org: Org): unknown[] =>
    org.streaming.heard
      .map((text) => JSON.parse(text) as { message: string; topics?: string[] })
      .filter(({ message }) => message !== 'ping');
  const verified = (org: Org, times = 1): Promise<void> =>
    eventually('it was verified', () => org.calls.filter((call) => call === 'GET subscriptions').length === times);

  it('changes them by frames on the socket that there is, and verifies them by one read', async () => {
    const org = await open();
    org.shard.want(['v2.b', 'v2.c']);
    await verified(org);
    expect(frames(org)).to.deep.equal([
      { message: 'unsubscribe', topics: ['v2.a'], correlationId: 'unsubscribe-1' },
      { message: 'subscribe', topics: ['v2.c'], correlationId: 'subscribe-2' },
    ]);
    expect(org.topicsOf(`${channelSecret}-1`)).to.deep.equal(['v2.b', 'v2.c']);
    expect(org.streaming.sockets).to.have.length(1);
    expect(org.subscribed, 'no call for it').to.equal(1);
    expect(org.shard.topics.map(({ topic }) => topic)).to.deep.equal(['v2.b', 'v2.c']);
  });

  it('asks nothing when nothing has changed', async () => {
    const org = await open();
    const { length } = org.calls;
    org.shard.want(['v2.b', 'v2.a']);
    await org.clock.advance(1_000);
    expect(org.calls).to.have.length(length);
    expect(frames(org)).to.be.empty;
  });

  it('ends with the latest when changes overtake each other', async () => {
    const org = await open();
    org.shard.want(['v2.c']);
    org.shard.want(['v2.d', 'v2.e']);
    org.shard.want(['v2.e', 'v2.f']);
    await eventually('the latest is there', () => org.topicsOf(`${channelSecret}-1`).join() === 'v2.e,v2.f');
    await org.clock.advance(1_000);
    expect(org.topicsOf(`${channelSecret}-1`)).to.deep.equal(['v2.e', 'v2.f']);
    // one after the other: nothing is taken away or added twice
    const changed = frames(org).map((frame) => (frame as { topics: string[] }).topics.join());
    expect(new Set(changed).size).to.equal(changed.length);
  });

  it('learns topic by topic from a call where a frame is refused as a whole', async () => {
    const org = await open();
    const { reply } = org.streaming;
    org.streaming.reply = (message, path): unknown =>
      message.message === 'subscribe' ? { result: '400', status: 'failure', correlationId: message.correlationId } : reply(message, path);
    org.subscribe = (): Answer =>
      answer(200, { entities: [{ id: 'v2.c' }, { id: 'v2.d', state: 'Rejected', missingPermissions: ['p:q:r'] }] });
    org.list = (): Answer => answer(200, { entities: [{ id: 'v2.a' }, { id: 'v2.b' }, { id: 'v2.c' }] });
    org.shard.want(['v2.a', 'v2.b', 'v2.c', 'v2.d']);
    await verified(org);
    expect(org.log.of('topics.rejected')).to.deep.equal([{ topic: 'v2.d', reason: undefined, missingPermissions: ['p:q:r'] }]);
    expect(org.subscribed, 'what is refused is not asked for again').to.equal(2);
  });

  it('puts it right by a call where the platform has not what it should', async () => {
    const org = await open();
    org.list = (): Answer => answer(200, { entities: [{ id: 'v2.z' }] });
    org.shard.want(['v2.c']);
    await eventually('it was put right', () => org.subscribed === 2);
    expect(org.topicsOf(`${channelSecret}-1`)).to.deep.equal(['v2.c']);
  });

  it('does without an answer to a frame', async () => {
    const org = await open();
    org.streaming.reply = () => undefined;
    org.shard.want(['v2.a', 'v2.b', 'v2.c']);
    await eventually('the frame is there', () => frames(org).length === 1);
    await org.clock.advance(10_000);
    await verified(org);
    expect(org.topicsOf(`${channelSecret}-1`)).to.include('v2.c');
  });

  it('tries again when the platform cannot be asked', async () => {
    const org = await open();
    org.list = (): Answer => answer(503);
    org.shard.want(['v2.c']);
    await eventually('it failed', () => org.log.of('channel.failed').length === 1);
    org.list = undefined;
    org.shard.want(['v2.d']);
    await org.clock.advance(5_000);
    await eventually('the latest is there', () => org.topicsOf(`${channelSecret}-1`).join() === 'v2.d');
  });

  it('makes a new channel when it is gone by then', async () => {
    const org = await open();
    org.streaming.reply = ({ correlationId }) =>
      correlationId === undefined ? undefined : { result: '404', status: 'failure', correlationId };
    org.shard.want(['v2.c']);
    await eventually('it is lost', () => org.log.of('channel.lost').length === 1 && org.shard.state.at === 'waiting');
    org.answering();
    await org.clock.advance(0);
    await org.connected(2);
    expect(org.created).to.equal(2);
    expect(org.topicsOf(`${channelSecret}-2`)).to.deep.equal(['v2.c']);
  });

  it('has one line in the log for many', async () => {
    const many = Array.from({ length: 21 }, (_, index) => `v2.${index}`);
    const org = await Org.open(many);
    closing(() => org.close());
    void org.run();
    await org.connected();
    expect(org.log.of('topics.subscribed')).to.deep.equal([{ topic: 'v2.0', topics: 21 }]);
  });
});
