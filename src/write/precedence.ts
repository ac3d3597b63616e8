import type { Conversation } from '../conversation/conversation.js';
import type { Batch } from './pending.js';

/**
 * The newest wish of each key that came home, as long as its conversation is known: a wish that was accepted before it,
 * but whose values were known only later (a slow lookup), must not undo it. The last acceptance wins.
 */
export class Precedence {
  /** Conversation → participant → key → order of acceptance. */
  readonly #newest = new Map<string, Map<string, Map<string, number>>>();

  /** The values of a batch stand. */
  home(conversation: Conversation, batch: Batch): void {
    const participants = this.#newest.get(conversation.id) ?? this.#remember(conversation);
    for (const [participantId, entries] of batch) {
      const keys = participants.get(participantId) ?? new Map<string, number>();
      participants.set(participantId, keys);
      for (const [key, { wish }] of entries) keys.set(key, Math.max(wish.sequence, keys.get(key) ?? 0));
    }
  }

  /** Whether a newer wish for the key came home already. */
  isLate(conversation: Conversation, participantId: string, key: string, sequence: number): boolean {
    return (this.#newest.get(conversation.id)?.get(participantId)?.get(key) ?? 0) > sequence;
  }

  #remember(conversation: Conversation): Map<string, Map<string, number>> {
    const participants = new Map<string, Map<string, number>>();
    this.#newest.set(conversation.id, participants);
    conversation.stream.subscribe({ complete: () => this.#newest.delete(conversation.id) });
    return participants;
  }
}
