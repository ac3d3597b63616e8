import { normaliseConversation } from '../../conversation/normalise.js';
import type { WriteTarget } from './target.js';

/** Media that have an attributes endpoint of their own; the general one serves all others (genesys-cloud.md §5). */
const media = new Set(['calls', 'callbacks', 'emails', 'messages']);

/** "202 means later" (genesys-cloud.md §5); how much later is not documented: some hundred ms with a margin. */
const settles = 2_000;

/** In practice it is carried out within this: a later write that keeps this distance comes after it. */
const spacing = 300;

const conversationPath = (conversationId: string): string => `/api/v2/conversations/${encodeURIComponent(conversationId)}`;

/** The documented attributes endpoints: no precondition, merged by the platform, carried out after their 202. */
export const attributes: WriteTarget = {
  name: 'attributes',
  precondition: 'none',
  holder: 'participant',
  settles,
  spacing,
  resource: (participantId) => ({ participant: participantId }),
  conversationPath,
  readPath: conversationPath,
  content: (body) => normaliseConversation(body),
  write: ({ conversation, attributes: wanted }) => {
    const [[participantId, values]] = [...wanted] as [[string, Readonly<Record<string, string>>]];
    const family = conversation.participants.find(({ id }) => id === participantId)?.media ?? '';
    const base = media.has(family)
      ? `/api/v2/conversations/${family}/${encodeURIComponent(conversation.id)}`
      : conversationPath(conversation.id);
    return { method: 'PATCH', path: `${base}/participants/${encodeURIComponent(participantId)}/attributes`, body: { attributes: values } };
  },
};
