import { expect } from 'chai';
import fc from 'fast-check';
import { normaliseConversation, normaliseEvent, normaliseParticipant } from '../../src/conversation/normalise.js';
import { isEnding, isOver, participantOf } from '../../src/conversation/snapshot.js';

const shapeA = {
  id: 'c',
  participants: [
    {
      id: 'p',
      purpose: 'customer',
      connectedTime: 't1',
      address: 'tel:+15551234',
      attributes: { a: '1', n: 5, odd: { x: 1 }, none: null },
      calls: [
        { id: 'l1', state: 'terminated', disconnectedTime: 't0' },
        { id: 'l2', state: 'connected', connectedTime: 't1' },
      ],
      callbacks: [],
      unheardOf: true,
    },
    {
      id: 'q',
      purpose: 'agent',
      userId: 'u',
      queueId: 'w',
      calls: [{ state: 'disconnected', connectedTime: 't2', disconnectedTime: 't3' }],
    },
  ],
  recordingState: 'ACTIVE',
};

const shapeB = {
  id: 'c',
  version: 7,
  participants: [
    {
      id: 'p',
      purpose: 'customer',
      state: 'connected',
      startTime: 't0',
      connectedTime: 't1',
      ani: '+15551234',
      dnis: '+1800',
      address: 'tel:+1',
      attributes: { a: '1' },
    },
    { id: 'q', purpose: 'agent', state: 'alerting', user: { id: 'u' }, queue: { id: 'w' }, etag: '"3"' },
    'garbage',
    { purpose: 'nobody' },
  ],
};

describe('the two body shapes', () => {
  it('become one: A, with its legs', () => {
    const snapshot = normaliseConversation(shapeA);
    expect(snapshot?.shape).to.equal('A');
    expect(snapshot?.participants[0]).to.include({
      id: 'p',
      state: 'connected',
      address: 'tel:+15551234',
      ani: '+15551234',
      connectedTime: 't1',
      endTime: undefined,
    });
    expect(snapshot?.participants[0]?.attributes).to.deep.equal({ a: '1', n: '5' });
    expect(snapshot?.participants[1]).to.include({
      state: 'disconnected',
      userId: 'u',
      queueId: 'w',
      connectedTime: 't2',
      endTime: 't3',
      ani: undefined,
    });
  });

  it('become one: B, flat', () => {
    const snapshot = normaliseConversation(shapeB);
    expect(snapshot).to.include({ shape: 'B', version: 7, id: 'c' });
    expect(snapshot?.participants.map(({ id }) => id)).to.deep.equal(['p', 'q']);
    expect(snapshot?.participants[0]).to.include({ ani: '+15551234', dnis: '+1800', startTime: 't0' });
    expect(snapshot?.participants[1]).to.include({ userId: 'u', queueId: 'w', state: 'alerting', etag: '"3"', attributes: undefined });
  });

  it('give a participant without a leg the state that its end tells', () => {
    expect(normaliseParticipant({ id: 'p', endTime: 't' })?.state).to.equal('terminated');
    expect(normaliseParticipant({ id: 'p' })?.state).to.equal(undefined);
    expect(normaliseParticipant({ id: 'p', calls: [{ state: 'disconnected' }] })?.state).to.equal('disconnected');
  });

  it('take only whole numbers for versions', () => {
    for (const version of ['7', 7.5, -1, NaN, null])
      expect(normaliseConversation({ id: 'c', version, participants: [] })?.version).to.equal(undefined);
  });

  it('never throw, whatever a body is', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (body, participants) => {
        normaliseConversation(body);
        normaliseConversation({ id: 'c', participants });
        normaliseConversation({ id: 'c', participants: [participants, body] });
        normaliseParticipant(body);
      }),
    );
  });
});

describe('an event', () => {
  const event = (topicName: string, eventBody: Record<string, unknown>): ReturnType<typeof normaliseEvent> =>
    normaliseEvent({ topicName, eventBody, metadata: {} });

  it('of a conversation topic is a snapshot', () => {
    expect(event('v2.users.u.conversations', shapeA)?.kind).to.equal('snapshot');
  });

  it('of attributes tells some attributes of one participant', () => {
    const body = { eventTime: 1, conversationId: 'c', participantId: 'p', attributes: { a: '1' } };
    expect(event('v2.detail.events.conversation.c.attributes', body)).to.deep.equal({
      kind: 'attributes',
      conversationId: 'c',
      participantId: 'p',
      attributes: { a: '1' },
      version: undefined,
      etag: undefined,
    });
  });

  it('of another detail topic only tells that something happened', () => {
    expect(event('v2.detail.events.conversation.c.acd.start', { conversationId: 'c', participantId: 'p' })).to.deep.equal({
      kind: 'touch',
      conversationId: 'c',
    });
  });

  it('about no conversation is nothing', () => {
    expect(event('v2.detail.events.conversation.c.acd.start', {})).to.equal(undefined);
    expect(event('v2.users.u.presence', { id: 'x', presence: 'away' })).to.equal(undefined);
  });
});

describe('a snapshot', () => {
  const of = (...states: [string, string][]): NonNullable<ReturnType<typeof normaliseConversation>> => ({
    id: 'c',
    shape: 'B',
    participants: states.map(([purpose, state], index) => ({ id: String(index), purpose, state })),
  });

  it('is ending when the customer’s leg is over, and over when no participant is left', () => {
    expect(isEnding(of(['customer', 'connected'], ['agent', 'terminated']))).to.equal(false);
    expect(isEnding(of(['customer', 'disconnected'], ['agent', 'connected']))).to.equal(true);
    expect(isOver(of(['customer', 'disconnected'], ['agent', 'connected']))).to.equal(false);
    expect(isOver(of(['customer', 'disconnected'], ['agent', 'terminated']))).to.equal(true);
    expect(isEnding(of(['agent', 'terminated']))).to.equal(true);
    expect(isOver(of())).to.equal(false);
    expect(isOver({ ...of(['customer', 'connected']), endTime: 't' })).to.equal(true);
  });

  it('stands for a purpose by the first participant that is still connected, else by the first', () => {
    expect(participantOf(of(['customer', 'terminated'], ['customer', 'connected']), 'customer')?.id).to.equal('1');
    expect(participantOf(of(['customer', 'terminated'], ['customer', 'terminated']), 'customer')?.id).to.equal('0');
    expect(participantOf(of(['agent', 'connected']), 'customer')).to.equal(undefined);
  });
});
