import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { Registry } from '../../src/conversation/registry.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

describe('a registry that is configured anew', () => {
  let clock: FakeClock;
  let log: RecordingLog;
  let registry: Registry;

  const observe = (id: string, state = 'connected', version = 1): string =>
    registry.observe({
      topicName: 'v2.users.u.conversations.calls',
      eventBody: { id, version, participants: [{ id: 'p', purpose: 'customer', state }] },
      metadata: {},
    });
  const held = (): string[] => [...registry.all()].map(({ id }) => id);

  beforeEach(() => {
    clock = new FakeClock();
    log = new RecordingLog();
    registry = new Registry({ clock, deadlines: new Deadlines(clock), log, max: 10, forgetAfter: 1_000 });
  });

  it('forgets at once what is more than it may hold, but for what somebody needs', () => {
    for (const id of ['a', 'b', 'c', 'd']) observe(id);
    registry.get('a')?.hold();
    registry.configure({ max: 2, forgetAfter: 1_000 });
    expect(held()).to.deep.equal(['a', 'd']);
    expect(log.of('conversation.evicted').map(({ conversationId }) => conversationId)).to.deep.equal(['b', 'c']);
    observe('e');
    expect(held()).to.deep.equal(['a', 'e']);
  });

  it('comes back to what it may hold once nobody needs what was too much', () => {
    const release = ['a', 'b', 'c'].map((id) => {
      observe(id);
      return registry.get(id)?.hold();
    });
    registry.configure({ max: 1, forgetAfter: 1_000 });
    observe('d');
    expect(held()).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(log.of('conversation.full')).to.deep.equal([{ conversationId: 'd', max: 1 }]);
    for (const each of release) each?.();
    observe('e');
    expect(held()).to.deep.equal(['e']);
  });

  it('holds more where it may', () => {
    registry.configure({ max: 12, forgetAfter: 1_000 });
    for (let index = 0; index < 12; index += 1) observe(`c${index}`);
    expect(registry.size).to.equal(12);
    expect(log.of('conversation.evicted')).to.be.empty;
  });

  it('forgets what ends from now on by the new time, and what has ended by the one of its end', async () => {
    for (const id of ['old', 'new']) observe(id);
    observe('old', 'terminated', 2);
    registry.configure({ max: 10, forgetAfter: 5_000 });
    observe('new', 'terminated', 2);
    await clock.advance(1_000);
    expect(held()).to.deep.equal(['new']);
    await clock.advance(4_000);
    expect(held()).to.be.empty;
  });
});
