import { expect } from 'chai';
import { EventRouter } from '../../src/cluster/event-router.js';
import { CoordinatorFailed, type EventStream } from '../../src/cluster/coordinator.js';
import type { NotificationEvent } from '../../src/genesys/frames.js';
import { FakeClock } from '../support/fake-clock.js';

const event = (id: string): NotificationEvent => ({
  topicName: 'v2.routing.queues.q.conversations.calls',
  eventBody: { id, participants: [] },
  metadata: {},
});

/** A router that owns no partition, on a stream that keeps nothing while it is `down`. */
function router(): { router: EventRouter; stream: { down: boolean }; told: string[] } {
  const told: string[] = [];
  const state = { down: false };
  const stream: EventStream = {
    publish: () => (state.down ? Promise.reject(new CoordinatorFailed('it has no leader')) : Promise.resolve()),
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
  return { router: made, stream: state, told };
}

describe('events of calls that another instance has', () => {
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
