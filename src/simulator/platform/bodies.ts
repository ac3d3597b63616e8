import type { Faults } from './faults.js';
import type { SimConversation, SimParticipant } from './model.js';

/** The ETag of the versioned resources (genesys-cloud.md §6), as this org makes it; undefined where it makes none. */
export function etagOf({ id, version }: SimConversation, kind: Faults['etags'] = 'strong'): string | undefined {
  switch (kind) {
    case 'strong':
      return `"${version}"`;
    case 'weak':
      return `W/"${version}"`;
    case 'opaque':
      return `"${id.slice(0, 8)}-${version.toString(36)}"`;
    case 'none':
      return undefined;
  }
}

/** Shape A: participants with arrays of calls. */
export function bodyA(conversation: SimConversation): Record<string, unknown> {
  const { id, participants } = conversation;
  return {
    id,
    participants: participants.map(participantA),
    recordingState: participants.some(({ recording }) => recording) ? 'ACTIVE' : 'NONE',
    divisions: [{ division: { id: 'home', selfUri: '/api/v2/authorization/divisions/home' }, entities: [] }],
  };
}

/** Shape B: one flat call a participant. */
export function bodyB(conversation: SimConversation): Record<string, unknown> {
  return {
    id: conversation.id,
    participants: conversation.participants.map(participantB),
    otherMediaUris: [],
    recordingState: conversation.participants.some(({ recording }) => recording) ? 'active' : 'none',
    maxParticipants: 2,
  };
}

function participantA(participant: SimParticipant): Record<string, unknown> {
  const { id, purpose, name, address, userId, queueId, connectedTime, endTime, attributes } = participant;
  return {
    id,
    purpose,
    name,
    address,
    userId,
    queueId,
    connectedTime,
    endTime,
    attributes: { ...attributes },
    wrapupRequired: purpose === 'agent',
    calls: [callOf(participant)],
  };
}

export function participantB(participant: SimParticipant): Record<string, unknown> {
  const {
    id,
    purpose,
    name,
    address,
    ani,
    dnis,
    userId,
    queueId,
    callId,
    state,
    startTime,
    connectedTime,
    endTime,
    held,
    muted,
    recording,
    disconnectType,
    attributes,
  } = participant;
  return {
    id,
    purpose,
    name,
    state,
    direction: 'inbound',
    startTime,
    connectedTime,
    endTime,
    held,
    muted,
    recording,
    recordingState: recording ? 'active' : 'none',
    disconnectType,
    ...(userId === undefined ? {} : { user: { id: userId, selfUri: `/api/v2/users/${userId}` } }),
    ...(queueId === undefined ? {} : { queue: { id: queueId, selfUri: `/api/v2/routing/queues/${queueId}` } }),
    peer: callId,
    ani,
    dnis,
    address,
    attributes: { ...attributes },
    wrapupRequired: purpose === 'agent',
    provider: 'Edge',
  };
}

function callOf({
  callId,
  state,
  held,
  muted,
  recording,
  connectedTime,
  endTime,
  disconnectType,
  wrapup,
}: SimParticipant): Record<string, unknown> {
  return {
    id: callId,
    state,
    direction: 'inbound',
    held,
    muted,
    recording,
    recordingState: recording ? 'ACTIVE' : 'NONE',
    peerId: callId,
    connectedTime,
    disconnectedTime: endTime,
    disconnectType,
    provider: 'Edge',
    afterCallWork: wrapup === 'none' ? undefined : { state: wrapup === 'pending' ? 'PENDING' : 'COMPLETE' },
  };
}
