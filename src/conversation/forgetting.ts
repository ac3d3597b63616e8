import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import type { Conversation } from './conversation.js';

export interface ForgettingDeps {
  clock: Clock;
  deadlines: Deadlines;
  /** How long after its end one is forgotten, in ms. */
  forgetAfter: number;
  /** Whether it is still the one that is known by its id. */
  isKnown: (conversation: Conversation) => boolean;
  forget: (conversation: Conversation) => void;
}

/** Conversations that have ended, in the order in which they are forgotten: one deadline for all of them. */
export class Forgetting {
  readonly #deps: ForgettingDeps;
  /** Until when each is kept (clock's ms). */
  readonly #ended = new Map<Conversation, number>();
  readonly #deadline: Deadline;

  constructor(deps: ForgettingDeps) {
    this.#deps = { ...deps };
    this.#deadline = deps.deadlines.idle(() => {
      this.#forget();
    });
  }

  /** It has ended now. */
  add(conversation: Conversation): void {
    // a whole number takes no place of its own
    const until = Math.ceil(this.#deps.clock.now() + this.#deps.forgetAfter);
    if (this.#ended.size === 0) this.#deadline.moveTo(until);
    // one that ended before and went on is forgotten by its last end
    this.#ended.delete(conversation);
    this.#ended.set(conversation, until);
  }

  #forget(): void {
    const { clock, isKnown, forget } = this.#deps;
    const now = clock.now();
    const needed: Conversation[] = [];
    for (const [conversation, until] of this.#ended) {
      if (until > now) {
        this.#deadline.moveTo(until);
        break;
      }
      this.#ended.delete(conversation);
      if (!isKnown(conversation)) continue;
      if (conversation.dirty) needed.push(conversation);
      else if (conversation.over) forget(conversation);
    }
    // whom somebody still needs is looked at again
    for (const conversation of needed) this.add(conversation);
  }
}
