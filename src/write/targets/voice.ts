import { normaliseConversation, normaliseParticipant } from '../../conversation/normalise.js';
import type { WriteTarget } from './target.js';

const voicePath = (conversationId: string): string => `/api/v2/conversations/voice/${encodeURIComponent(conversationId)}`;
const participantPath = (conversationId: string, participantId: string): string =>
  `${voicePath(conversationId)}/participants/${encodeURIComponent(participantId)}`;

/** The versioned participant: one PATCH a participant, with the participant's ETag (genesys-cloud.md §6). */
export const voice: WriteTarget = {
  name: 'voice',
  precondition: 'etag',
  holder: 'participant',
  settles: 0,
  spacing: 0,
  resource: (participantId) => ({ participant: participantId }),
  conversationPath: voicePath,
  readPath: (conversationId, resource) =>
    resource === 'conversation' ? voicePath(conversationId) : participantPath(conversationId, resource.participant),
  content: (body) => {
    const participant = normaliseParticipant(body);
    return participant === undefined ? undefined : { participants: [participant] };
  },
  write: ({ conversation, attributes }) => {
    const [[participantId, values]] = [...attributes] as [[string, Readonly<Record<string, string>>]];
    return { method: 'PATCH', path: participantPath(conversation.id, participantId), body: { attributes: values } };
  },
};

/** The versioned conversation: the heavy form, one PATCH for all participants, with the conversation's ETag. */
export const voiceConversation: WriteTarget = {
  name: 'voice-conversation',
  precondition: 'etag',
  holder: 'participant',
  settles: 0,
  spacing: 0,
  resource: () => 'conversation',
  conversationPath: voicePath,
  readPath: voicePath,
  content: (body) => normaliseConversation(body),
  write: ({ conversation, attributes }) => ({
    method: 'PATCH',
    path: voicePath(conversation.id),
    body: { participants: [...attributes].map(([id, values]) => ({ id, attributes: values })) },
  }),
};
