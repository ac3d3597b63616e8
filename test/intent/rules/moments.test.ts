import { expect } from 'chai';
import type { Participant, Snapshot } from '../../../src/conversation/snapshot.js';
import { momentsBetween } from '../../../src/intent/rules/moments.js';

const person = (id: string, state = 'connected'): Participant => ({ id, purpose: 'customer', state });
const snapshot = (...participants: Participant[]): Snapshot => ({ id: 'c1', shape: 'B', participants });

function moments(previous: Snapshot | undefined, next: Snapshot): string[] {
  return momentsBetween(previous, next).map(({ when, participant }) => (participant === undefined ? when : `${when} ${participant.id}`));
}

describe('the moments between two snapshots', () => {
  it('are the start, each participant and an update, when there was none before', () => {
    expect(moments(undefined, snapshot(person('a'), person('b')))).to.deep.equal([
      'conversation.started',
      'participant.added a',
      'participant.added b',
      'conversation.updated',
    ]);
  });

  it('are everything at once for a conversation that was over before it was seen', () => {
    expect(moments(undefined, snapshot(person('a', 'terminated')))).to.deep.equal([
      'conversation.started',
      'participant.added a',
      'participant.ended a',
      'conversation.updated',
      'conversation.ended',
    ]);
  });

  it('are an update where nobody came or went', () => {
    expect(moments(snapshot(person('a', 'alerting')), snapshot(person('a')))).to.deep.equal(['conversation.updated']);
  });

  it('are the end of a participant once only', () => {
    const before = snapshot(person('a'), person('b'));
    const after = snapshot(person('a', 'disconnected'), person('b'));
    expect(moments(before, after)).to.deep.equal(['participant.ended a', 'conversation.updated']);
    expect(moments(after, snapshot(person('a', 'terminated'), person('b')))).to.deep.equal(['conversation.updated']);
  });

  it('are the end of the conversation once only', () => {
    const over = snapshot(person('a', 'disconnected'));
    expect(moments(snapshot(person('a')), over)).to.deep.equal(['participant.ended a', 'conversation.updated', 'conversation.ended']);
    expect(moments(over, snapshot(person('a', 'terminated')))).to.deep.equal(['conversation.updated']);
  });

  it('are an end where the body itself says so, though a participant seems to be left', () => {
    expect(moments(snapshot(person('a')), { ...snapshot(person('a')), endTime: '2026-01-01T00:00:00Z' })).to.deep.equal([
      'conversation.updated',
      'conversation.ended',
    ]);
  });
});
