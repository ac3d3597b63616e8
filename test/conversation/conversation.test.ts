import { expect } from 'chai';
import { Conversation } from '../../src/conversation/conversation.js';
import { EtagConvention } from '../../src/conversation/etag-convention.js';
import { Bursts } from '../../src/conversation/bursts.js';
import { Delays } from '../../src/conversation/delays.js';
import type { Snapshot } from '../../src/conversation/snapshot.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

const resource = { participant: 'p' } as const;
const shot = (version?: number, rest: Partial<Snapshot> = {}, participant: Record<string, unknown> = {}): Snapshot => ({
  id: 'c',
  shape: 'B',
  version,
  participants: [{ id: 'p', purpose: 'customer', state: 'connected', ...participant }],
  ...rest,
});

function open(first = shot(1), live = true) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const convention = new EtagConvention({ clock, log });
  return {
    clock,
    log,
    convention,
    conversation: new Conversation({ clock, convention, bursts: new Bursts(), delays: new Delays() }, first, live),
  };
}

describe('what is known of a resource of a conversation', () => {
  it('is what the last event told, for any of its resources', () => {
    const { conversation } = open();
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'fresh', etag: '"1"' });
    conversation.observe(shot(4));
    expect(conversation.precondition('conversation')).to.deep.equal({ state: 'fresh', etag: '"4"' });
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'fresh', etag: '"4"' });
  });

  it('is the participant’s own version where the body has one', () => {
    const { conversation } = open(shot(9, {}, { version: 3 }));
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'fresh', etag: '"3"' });
    expect(conversation.precondition('conversation')).to.deep.equal({ state: 'fresh', etag: '"9"' });
    conversation.observe(shot(12, {}, { etag: '"p4"' }));
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'fresh', etag: '"p4"' });
    conversation.gap();
    expect(conversation.precondition({ participant: 'other' }).state).to.equal('stale');
  });

  it('is nothing for a conversation that was read without a version', () => {
    const { conversation } = open(shot(undefined), false);
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'stale', etag: undefined });
    expect(conversation.rhythm.lastEvent).to.equal(-Infinity);
  });

  it('is stale after a gap until something newer is told', () => {
    const { conversation } = open();
    conversation.gap();
    expect(conversation.precondition(resource).state).to.equal('stale');
    expect(conversation.known(resource).unseen).to.equal(true);
    conversation.observe(shot(1));
    expect(conversation.precondition(resource).state).to.equal('stale');
    conversation.observe(shot(2));
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'fresh', etag: '"2"' });
    expect(conversation.known(resource).unseen).to.equal(false);
  });

  it('is stale after an event that tells no version, also where nothing was asked before', () => {
    const { conversation } = open();
    conversation.observe(shot(undefined, {}, { state: 'disconnected' }));
    expect(conversation.precondition(resource).state).to.equal('stale');
  });

  it('is stale after a detail event, which does not make up for a gap', () => {
    const { conversation } = open();
    conversation.gap();
    conversation.touch({});
    expect(conversation.known(resource)).to.include({ stale: true, unseen: true });
    conversation.touch({ participantId: 'p', attributes: { a: '1' }, version: 2 });
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'fresh', etag: '"2"' });
    expect(conversation.snapshot.participants[0]?.attributes).to.deep.equal({ a: '1' });
  });

  it('is in doubt after a write without an answer', () => {
    const { conversation } = open();
    conversation.doubt(resource);
    expect(conversation.known(resource)).to.include({ stale: true, unseen: true });
  });

  it('falls back to reads, told once, when an answer shows that versions are no ETags', () => {
    const { conversation, log } = open();
    const other = { participant: 'q' } as const;
    conversation.observe(shot(2));
    conversation.answered(resource, { asked: conversation.order, etag: '"x7"', accepted: true });
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'fresh', etag: '"x7"' });
    expect(conversation.precondition(other)).to.deep.equal({ state: 'stale', etag: undefined });
    conversation.observe(shot(3));
    expect(conversation.precondition(resource)).to.deep.equal({ state: 'stale', etag: '"x7"' });
    conversation.answered(resource, { asked: conversation.order, etag: '"x8"', accepted: true });
    expect(log.of('conversation.etag')).to.deep.equal([{ conversationId: 'c', version: 2, etag: '"x7"' }]);
  });

  it('falls back to reads when newer events count far behind what answers told', async () => {
    const { conversation, clock, log } = open();
    conversation.answered(resource, { asked: conversation.order, etag: '"1000"', accepted: true });
    await clock.advance(1_000);
    conversation.observe(shot(2));
    expect(log.of('conversation.etag')).to.be.empty;
    await clock.advance(20_000);
    conversation.observe(shot(3));
    expect(log.of('conversation.etag')).to.have.length(1);
    expect(conversation.precondition(resource).state).to.equal('stale');
  });

  it('counts a read as fresh for the write after it, unless something newer is told', () => {
    const { conversation } = open();
    conversation.answered(resource, { asked: conversation.order, etag: '"4"', accepted: true });
    conversation.gap();
    expect(conversation.preconditionAfterRead(resource, '"4"')).to.equal('"4"');
    conversation.observe(shot(6));
    conversation.gap();
    expect(conversation.preconditionAfterRead(resource, '"4"')).to.equal('"6"');
    expect(conversation.preconditionAfterRead(resource, '"opaque"')).to.equal('"opaque"');
  });
});

describe('what is known to stand', () => {
  it('is what the last event showed, and what own writes set', () => {
    const { conversation } = open(shot(1, {}, { attributes: { a: '1' } }));
    conversation.wrote('p', { b: '2' });
    expect(['a', 'b', 'c'].map((key) => conversation.standing(resource, 'p', key))).to.deep.equal(['1', '2', undefined]);
    conversation.wrote('unseen', { b: '2' });
    expect(conversation.standing({ participant: 'unseen' }, 'unseen', 'b')).to.equal('2');
  });

  it('is nothing after a refusal whose change nobody has seen, until it is read', () => {
    const { conversation } = open(shot(1, {}, { attributes: { a: '1' } }));
    conversation.wrote('p', { b: '2' });
    conversation.answered(resource, { asked: conversation.order, etag: '"2"', sent: '"1"', accepted: false });
    expect(['a', 'b'].map((key) => conversation.standing(resource, 'p', key))).to.deep.equal([undefined, undefined]);
    conversation.answered(resource, { asked: conversation.order, etag: '"3"', sent: '"2"', accepted: true });
    conversation.wrote('p', { b: '3' });
    expect(['a', 'b'].map((key) => conversation.standing(resource, 'p', key))).to.deep.equal([undefined, '3']);
    conversation.answered(resource, { asked: conversation.order, etag: '"3"', accepted: true });
    conversation.read({ id: 'p', attributes: { a: '9', b: '3' } }, 0, undefined);
    expect(conversation.standing(resource, 'p', 'a')).to.equal('9');
  });

  it('is not what was written and is missing in a later event, but for one from before the write', () => {
    const { conversation } = open(shot(1, {}, { attributes: { a: '1' } }));
    conversation.answered(resource, { asked: conversation.order, etag: '"3"', sent: '"1"', accepted: true });
    conversation.wrote('p', { b: '2' });
    conversation.observe(shot(2, {}, { attributes: { a: '1' } }));
    expect(conversation.standing(resource, 'p', 'b')).to.equal('2');
    conversation.observe(shot(4, {}, { attributes: { a: '1' } }));
    expect(conversation.standing(resource, 'p', 'b')).to.equal(undefined);
  });

  it('is not taken back by a read that was asked before an own write was answered', () => {
    const { conversation } = open(shot(1, {}, { attributes: { a: '1', b: '1' } }));
    conversation.wrote('p', { a: '2' });
    conversation.wrote('p', { b: '2' });
    conversation.read({ id: 'p', attributes: { a: '3', b: '1' } }, 1, undefined);
    expect(['a', 'b'].map((key) => conversation.standing(resource, 'p', key))).to.deep.equal(['3', '2']);
  });

  it('is not what a read tells that is older than what an event has told', () => {
    const { conversation } = open(shot(3, {}, { attributes: { a: 'new' } }));
    conversation.read({ id: 'p', attributes: { a: 'old' } }, 0, 2);
    expect(conversation.standing(resource, 'p', 'a')).to.equal('new');
    conversation.read({ id: 'p', attributes: { a: 'newer' } }, 0, 3);
    expect(conversation.standing(resource, 'p', 'a')).to.equal('newer');
  });

  it('is not what an event showed that may be from before an answer that just came', async () => {
    const { conversation, clock } = open(shot(undefined, {}, { attributes: { a: '1' } }));
    conversation.answered(resource, { asked: conversation.order, etag: '"x"', sent: '"w"', accepted: true });
    conversation.wrote('p', { a: '2' });
    await clock.advance(100);
    conversation.observe(shot(undefined, {}, { attributes: { a: '1' } }));
    expect(conversation.standing(resource, 'p', 'a')).to.equal(undefined);
  });
});

describe('the calm of a conversation', () => {
  it('is broken by an event that changes it, and by no duplicate', async () => {
    const { conversation, clock } = open();
    await clock.advance(500);
    conversation.observe(shot(1));
    expect(conversation.rhythm.lastEvent).to.equal(0);
    conversation.observe(shot(2));
    expect(conversation.rhythm.lastEvent).to.equal(500);
  });

  it('is not broken by the echo of an own write, whether it comes after the answer or before', async () => {
    const { conversation, clock } = open();
    await clock.advance(500);
    conversation.answered(resource, { asked: conversation.order, etag: '"2"', sent: '"1"', accepted: true }, 400);
    conversation.observe(shot(2));
    expect(conversation.rhythm.lastEvent).to.equal(0);
    conversation.observe(shot(3));
    expect(conversation.rhythm.lastEvent).to.equal(500);
    await clock.advance(500);
    conversation.observe(shot(4));
    expect(conversation.rhythm.lastEvent).to.equal(1_000);
    conversation.answered(resource, { asked: conversation.order, etag: '"4"', sent: '"3"', accepted: true }, 900);
    expect(conversation.rhythm.lastEvent).to.equal(500);
  });

  it('is not disturbed by its end, after which nobody waits', () => {
    const { clock, conversation } = open();
    clock.leap(5_000);
    conversation.observe(shot(2, {}, { state: 'disconnected' }));
    expect(conversation.rhythm.lastEvent).to.equal(0);
  });
});
