import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { Registry, type Change } from '../../src/conversation/registry.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

function open({ max = 10, forgetAfter = 1_000 } = {}) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const registry = new Registry({ clock, deadlines: new Deadlines(clock), log, max, forgetAfter });
  const changes: Change[] = [];
  registry.changes.subscribe((change) => changes.push(change));
  const observe = (id: string, version: number | undefined, state = 'connected', rest: Record<string, unknown> = {}): string =>
    registry.observe({
      topicName: 'v2.users.u.conversations.calls',
      eventBody: { id, version, participants: [{ id: 'p', purpose: 'customer', state, ...rest }] },
      metadata: {},
    });
  return { clock, log, registry, changes, observe };
}

describe('the registry of conversations', () => {
  it('gives each conversation a stream of its own, of newer snapshots only', () => {
    const { registry, observe, changes, log } = open();
    const seen: (number | undefined)[] = [];
    observe('a', 1);
    registry.get('a')?.stream.subscribe(({ version }) => seen.push(version));
    expect([observe('a', 3), observe('a', 3), observe('a', 2), observe('b', 1), observe('a', 4)]).to.deep.equal([
      'newer',
      'duplicate',
      'older',
      'newer',
      'newer',
    ]);
    expect(seen).to.deep.equal([1, 3, 4]);
    expect(changes.map(({ conversation, previous }) => [conversation.id, previous?.version])).to.deep.equal([
      ['a', undefined],
      ['a', 1],
      ['b', undefined],
      ['a', 3],
    ]);
    expect(registry.outcomes).to.deep.equal({ newer: 4, duplicate: 1, older: 1, ignored: 0 });
    expect(log.of('conversation.started')).to.deep.equal([
      { conversationId: 'a', version: 1 },
      { conversationId: 'b', version: 1 },
    ]);
  });

  it('tells each event after the first, with what came of it, before anybody acts on it', () => {
    const { registry, observe, log } = open();
    observe('a', 1);
    const told: number[] = [];
    registry.get('a')?.stream.subscribe(() => told.push(log.of('conversation.changed').length));
    observe('a', 3);
    observe('a', 3);
    observe('a', 2);
    registry.learn({ ...(registry.get('a')?.snapshot ?? { id: 'a', participants: [], shape: 'B' }), version: 4 });
    expect(told.slice(0, 2)).to.deep.equal([0, 1]);
    expect(log.of('conversation.changed').map(({ version, outcome, topic }) => [version, outcome, topic])).to.deep.equal(
      [
        [3, 'newer'],
        [3, 'duplicate'],
        [2, 'older'],
      ].map((row) => [...row, 'v2.users.u.conversations.calls']),
    );
  });

  it('forgets a conversation some time after its end, and completes its stream', async () => {
    const { registry, observe, clock, log } = open();
    let completed = false;
    observe('a', 1);
    registry.get('a')?.stream.subscribe({ complete: () => (completed = true) });
    observe('a', 2, 'terminated');
    expect(log.of('conversation.ended')).to.deep.equal([{ conversationId: 'a', version: 2 }]);
    await clock.advance(999);
    expect(registry.size).to.equal(1);
    await clock.advance(1);
    expect([registry.size, completed]).to.deep.equal([0, true]);
    await clock.advance(60_000);
    expect(clock.timers).to.equal(0);
  });

  it('keeps one small of which nothing was heard for a while, and tells the same of it when somebody asks', async () => {
    const { registry, observe, clock } = open({ forgetAfter: 3_600_000 });
    observe('a', 1);
    const before = registry.get('a')?.snapshot;
    const followed = observe('b', 1) === 'newer' ? registry.get('b')?.stream.value : undefined;
    await clock.advance(60_000);
    expect(registry.get('a')?.snapshot).to.deep.equal(before);
    expect(registry.get('a')?.snapshot === before).to.equal(false);
    expect(registry.get('b')?.snapshot, 'one that is followed').to.equal(followed);
    expect(observe('a', 1)).to.equal('duplicate');
    await clock.advance(60_000);
    expect(observe('a', 2, 'terminated')).to.equal('newer');
    await clock.advance(60_000);
    expect([registry.get('a')?.over, clock.timers]).to.deep.equal([true, 1]);
    expect(registry.get('a')?.stream.value.version).to.equal(2);
  });

  it('forgets none that somebody still needs, nor one that has come to life again', async () => {
    const { registry, observe, clock } = open();
    observe('held', 1, 'terminated');
    const release = registry.get('held')?.hold();
    observe('back', 1, 'terminated');
    registry.observe({
      topicName: 'v2.x',
      eventBody: {
        id: 'back',
        version: 2,
        participants: [
          { id: 'p', state: 'terminated' },
          { id: 'q', state: 'connected' },
        ],
      },
      metadata: {},
    });
    await clock.advance(5_000);
    expect([...registry.all()].map(({ id }) => id)).to.have.members(['held', 'back']);
    release?.();
    release?.();
    await clock.advance(1_000);
    expect([...registry.all()].map(({ id }) => id)).to.deep.equal(['back']);
  });

  it('evicts the longest idle one that nobody needs when it is full', async () => {
    const { registry, observe, log, clock } = open({ max: 3 });
    for (const id of ['a', 'b', 'c']) observe(id, 1);
    registry.get('a')?.hold();
    await clock.advance(100);
    observe('b', 2);
    observe('d', 1);
    expect([...registry.all()].map(({ id }) => id)).to.deep.equal(['a', 'b', 'd']);
    expect(log.of('conversation.evicted')).to.deep.equal([{ conversationId: 'c', idleMs: 100 }]);
  });

  it('holds one more, and says so, when every one is needed', () => {
    const { registry, observe, log } = open({ max: 1 });
    observe('a', 1);
    registry.get('a')?.hold();
    observe('b', 1);
    expect(registry.size).to.equal(2);
    expect(log.of('conversation.full')).to.deep.equal([{ conversationId: 'b', max: 1 }]);
  });

  it('takes attribute events into what is known, and ignores what concerns nobody', () => {
    const { registry, observe, changes } = open();
    const detail = (conversationId: string, rest: Record<string, unknown>): string =>
      registry.observe({ topicName: 'v2.detail.events.conversation.x.attributes', eventBody: { conversationId, ...rest }, metadata: {} });
    observe('a', 1, 'connected', { attributes: { x: '1' } });
    expect(detail('a', { participantId: 'p', attributes: { y: '2' } })).to.equal('newer');
    expect(registry.get('a')?.snapshot.participants[0]?.attributes).to.deep.equal({ x: '1', y: '2' });
    expect(changes).to.have.length(2);
    expect(detail('a', {})).to.equal('ignored');
    expect(detail('unknown', {})).to.equal('ignored');
    expect(registry.observe({ topicName: 'v2.users.u.presence', eventBody: {}, metadata: {} })).to.equal('ignored');
  });

  it('learns a conversation that was read, calm and with no event', () => {
    const { registry, changes } = open();
    const conversation = registry.learn({ id: 'a', participants: [], shape: 'B', version: 3 });
    expect(registry.learn({ id: 'a', participants: [], shape: 'B', version: 4 })).to.equal(conversation);
    expect(changes.map(({ event }) => event)).to.deep.equal([undefined, undefined]);
    expect(registry.get('a')?.snapshot.version).to.equal(4);
  });

  it('takes what a read told first for a change like any other: ended, told to all, and forgotten', async () => {
    const { registry, observe, changes, log, clock } = open();
    observe('a', 1);
    registry.get('a')?.read({ id: 'p', state: 'terminated', endTime: 't' }, 0, undefined);
    expect(observe('a', 2, 'terminated', { endTime: 't' })).to.equal('newer');
    expect(log.of('conversation.ended')).to.have.length(1);
    expect(changes[1]).to.include({ event: undefined });
    expect(changes[1]?.previous?.participants[0]?.state).to.equal('connected');
    registry.get('a')?.read({ id: 'p', state: 'terminated', endTime: 't' }, 0, undefined);
    expect(changes).to.have.length(3);
    await clock.advance(1_000);
    expect(registry.size).to.equal(0);
  });

  it('takes an event without participants for a sign that the conversation moved, to the version that it tells', () => {
    const { registry, observe } = open();
    observe('a', 1);
    const event = { topicName: 'v2.users.u.conversations', eventBody: { id: 'a', version: 4 }, metadata: {} };
    registry.observe(event);
    expect(registry.get('a')?.precondition('conversation')).to.deep.equal({ state: 'fresh', etag: '"4"' });
    expect(registry.observe({ ...event, topicName: 'v2.users.u.presence' })).to.equal('ignored');
  });

  it('completes all streams when it is closed', () => {
    const { registry, observe } = open();
    observe('a', 1);
    let completed = 0;
    registry.get('a')?.stream.subscribe({ complete: () => (completed += 1) });
    registry.changes.subscribe({ complete: () => (completed += 1) });
    registry.close();
    expect([completed, registry.size]).to.deep.equal([2, 0]);
  });
});
