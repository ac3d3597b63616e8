import { normaliseConversation, normaliseParticipant } from '../../conversation/normalise.js';
import type { WriteTarget } from './target.js';

const voicePath = (conversationId: string): string => `/api/v2/conversations/voice/${encodeURIComponent(conversationId)}`;
const participantPath = (conversationId: string, participantId: string): string =>
  `${voicePath(conversationId)}/participants/${encodeURIComponent(participantId)}`;

/** Where a conversation is read as a whole, behind both versioned targets (genesys-cloud.md §6). */
export const voiceConversationPath = voicePath;

/** The versioned participant: one PATCH a participant, with the participant's ETag. */
export const voice: WriteTarget = {
  name: 'voice',
  resource: (participantId) => ({ participant: participantId }),
  readPath: (conversationId, resource) =>
    resource === 'conversation' ? voicePath(conversationId) : participantPath(conversationId, resource.participant),
  write: (conversationId, attributes) => {
    const [[participantId, values]] = [...attributes] as [[string, Readonly<Record<string, string>>]];
    return { method: 'PATCH', path: participantPath(conversationId, participantId), body: { attributes: values } };
  },
  told: (body) => {
    const participant = normaliseParticipant(body);
    return participant === undefined ? [] : [participant];
  },
};

/** The versioned conversation: the heavy form, one PATCH for all participants, with the conversation's ETag. */
export const voiceConversation: WriteTarget = {
  name: 'voice-conversation',
  resource: () => 'conversation',
  readPath: voicePath,
  write: (conversationId, attributes) => ({
    method: 'PATCH',
    path: voicePath(conversationId),
    body: { participants: [...attributes].map(([id, values]) => ({ id, attributes: values })) },
  }),
  told: (body) => [...(normaliseConversation(body)?.participants ?? [])],
};
