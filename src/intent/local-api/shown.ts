import { z } from 'zod';
import type { Intent } from '../intent.js';

/** An intent as callers see it. */
export const shownIntent = z.object({
  intentId: z.string(),
  conversationId: z.string(),
  /** The participant's id, or `@` and a purpose. */
  participantId: z.string(),
  rule: z.string().optional(),
  /** Not there until a rule's lookup has answered. */
  keys: z.array(z.string()).optional(),
  attributes: z.record(z.string(), z.string()).optional(),
  /** ISO 8601. */
  acceptedAt: z.string(),
  state: z.string(),
  /** ISO 8601; not there as long as something may still be done for it. */
  finishedAt: z.string().optional(),
  attempts: z.number(),
  reason: z
    .object({
      what: z.string(),
      /** The keys that it concerns, where not all. */
      keys: z.array(z.string()).optional(),
      status: z.number().optional(),
      code: z.string().optional(),
      body: z.string().optional(),
      correlationId: z.string().optional(),
    })
    .optional(),
});

export type ShownIntent = z.infer<typeof shownIntent>;

/** What callers see of an intent; its values only if `values`. */
export function shown(
  { id, conversationId, participant, rule, attributes, acceptedAt, state, finishedAt, attempts, reason }: Intent,
  values: boolean,
): ShownIntent {
  return {
    intentId: id,
    conversationId,
    participantId: 'id' in participant ? participant.id : `@${participant.purpose}`,
    rule,
    keys: attributes === undefined ? undefined : Object.keys(attributes),
    ...(values ? { attributes } : {}),
    acceptedAt: new Date(acceptedAt).toISOString(),
    state,
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt).toISOString(),
    attempts,
    reason: reason && { ...reason, keys: reason.keys && [...reason.keys] },
  };
}
