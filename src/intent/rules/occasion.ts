import type { Conversation } from '../../conversation/conversation.js';
import type { Participant, Snapshot } from '../../conversation/snapshot.js';
import type { Scope } from './expression.js';

/** One snapshot as rules see it. */
export interface Occasion {
  conversation: Conversation;
  snapshot: Snapshot;
  event: Scope['event'];
}

/** What expressions see on an occasion that is about `participant`. */
export function scopeOf({ snapshot, event }: Omit<Occasion, 'conversation'>, participant: Participant | undefined): Scope {
  return { conversation: snapshot, participant, event };
}
