import { expect } from 'chai';
import { EventRouter } from '../../src/cluster/event-router.js';
import { CoordinatorFailed, type EventStream } from '../../src/cluster/coordinator.js';
import { readBody } from '../../src/conversation/body-bytes.js';
import { eventOfBytes } from '../../src/genesys/frame-bytes.js';
import type { NotificationEvent } from '../../src/genesys/frames.js';
import { FakeClock } from '../support/fake-clock.js';

const event = (id: string): NotificationEvent => ({
  topicName: 'v2.routing.queues.q.conversations.calls',
  eventBody: { id, participants: [] },
  metadata: {},
});

type Published = Parameters<EventStream['publish']>[0];

/** A router that owns no partition, on a stream that keeps nothing while it is `down`. */
function router(): { router: EventRouter; stream: { down: boolean }; told: string[]; published: Published[] } {
  const told: string[] = [];
  const published: Published[] = [];
  const state = { down: false };
  const stream: EventStream = {
    publish: (one) => {
      published.push(one);
      return state.down ? Promise.reject(new CoordinatorFailed('it has no leader')) : Promise.resolve();
    },
    consume: () => Promise.reject(new Error('nobody consumes here')),
  };
  const made = new EventRouter({
    clock: new FakeClock(),
    instance: 'vm-1',
    stream,
    partitionOf: () => 1,
    fence: () => undefined,
    observe: () => 'ignored',
    onMissed: () => told.push('missed'),
    onKept: () => told.push('kept'),
  });
  return { router: made, stream: state, told, published };
}

describe('events of calls that another instance has', () => {
  it('are handed on as the same, to the same call, however they were read', async () => {
    const { router: one, published } = router();
    const topicName = 'v2.users.u.conversations';
    const plain = {
      topicName,
      eventBody: { id: 'a', conversationId: 'b', participants: [], novelty: ['é'] },
      metadata: { CorrelationId: 'k' },
    };
    const read = eventOfBytes(Buffer.from(JSON.stringify(plain, undefined, 2)), readBody);
    if (read === undefined) throw new Error('it was not read from its bytes');
    for (const each of [plain, read]) await one.route(each).kept;
    expect(published.map(({ conversationId }) => conversationId)).to.deep.equal(['a', 'a']);
    for (const { text } of published) expect(JSON.parse(text)).to.deep.equal({ by: 'vm-1', others: [], event: plain });
  });

  it('are told to be missed while they cannot be handed on, and to be kept when they are', async () => {
    const { router: one, stream, told } = router();
    expect(await one.route(event('a')).kept).to.equal(true);
    stream.down = true;
    expect(await one.route(event('a')).kept).to.equal(false);
    expect(await one.route(event('b')).kept).to.equal(false);
    stream.down = false;
    expect(await one.route(event('a')).kept).to.equal(true);
    expect(await one.route(event('b')).kept).to.equal(true);
    expect(told).to.deep.equal(['kept', 'missed', 'missed', 'kept', 'kept']);
    expect(one.counts).to.deep.include({ forwarded: 5, missed: 2 });
  });
});
