import type { Clock } from '../base/clock.js';
import type { Conversation, ResourceId } from '../conversation/conversation.js';
import type { Wish } from '../intent/intent.js';
import type { Confirmation } from './confirmation.js';
import type { Outcomes } from './outcome.js';
import { onlyOf, wishesOf, type Batch, type FinishedWish, type Pending } from './pending.js';
import type { Precedence } from './precedence.js';
import type { Sent } from './attempt.js';
import { valueIn, type Content, type WriteTarget } from './targets/target.js';

export interface ArrivalsDeps {
  clock: Clock;
  target: WriteTarget;
  outcomes: Outcomes;
  precedence: Precedence;
}

/** What is pending for one resource and is home already: as its write was taken, or as its value stands. */
export class Arrivals {
  readonly #deps: ArrivalsDeps;
  readonly #conversation: Conversation;
  readonly #resource: ResourceId;
  readonly #pending: Pending;
  readonly #confirmation: Confirmation;
  /** Wishes that a request without an answer carried: it may have been carried out. */
  readonly #unknown = new Set<string>();

  constructor(
    deps: ArrivalsDeps,
    {
      conversation,
      resource,
      pending,
      confirmation,
    }: { conversation: Conversation; resource: ResourceId; pending: Pending; confirmation: Confirmation },
  ) {
    this.#deps = deps;
    this.#conversation = conversation;
    this.#resource = resource;
    this.#pending = pending;
    this.#confirmation = confirmation;
  }

  /** Whether an earlier write may have been carried out without an answer. */
  get doubted(): boolean {
    return this.#unknown.size > 0;
  }

  /** A request went without an answer: what it carried may have arrived. */
  unanswered({ wishes, batch }: Sent): void {
    for (const { id } of [...wishes, ...wishesOf(this.#pending.carried(batch))]) this.#unknown.add(id);
  }

  /** A newer wish for the same value as one that may have arrived may have arrived with it. */
  wished(wish: Wish, participantId: string): void {
    const waiting = this.#pending.batch().get(participantId);
    const sameAsUnknown = ([key, value]: [string, string]): boolean => {
      const before = waiting?.get(key);
      return before?.value === value && this.#unknown.has(before.wish.id);
    };
    if (Object.entries(wish.attributes).some(sameAsUnknown)) this.#unknown.add(wish.id);
  }

  /** A write was taken. Returns what it carried. */
  applied(sent: Sent): Batch {
    const home = this.#pending.carried(sent.batch);
    this.#deps.outcomes.applied(this.#home(home, 'applied'));
    this.#unknown.clear();
    return home;
  }

  /** The resource was read: what stands already is taken out, and nothing is in doubt any more. */
  read(content: Content): void {
    this.dropSatisfied(content);
    this.#unknown.clear();
  }

  /** Takes out what already stands, if what was seen of the resource, or just read, can be trusted. */
  dropSatisfied(read?: Content): void {
    const { target, clock, outcomes } = this.#deps;
    // what an own write may not have reached yet proves nothing
    if (read === undefined && clock.now() - this.#conversation.lastWritten < target.settles) return;
    const stands = (id: string, key: string): string | undefined => {
      if (target.precondition !== 'etag' && read !== undefined) return valueIn(read, id, key);
      return target.holder === 'participant' ? this.#conversation.standing(this.#resource, id, key) : undefined;
    };
    const standing = this.#pending.standing(stands);
    if (standing.size === 0) return;
    const ended = this.#home(standing, 'satisfied');
    // what an earlier write of ours set, before a restart or without an answer, is not only satisfied: it arrived
    const ours = (wish: Wish): boolean => wish.state === 'applied' || wish.reasserted !== undefined || this.#unknown.has(wish.id);
    const finished = ended.map(({ wish, state }): FinishedWish => ({
      wish,
      state: state === 'satisfied' && ours(wish) ? 'applied' : state,
    }));
    outcomes.finished(finished);
    this.#confirmation.stands(onlyOf(standing, ours));
    this.#confirmation.satisfied(onlyOf(standing, (wish) => !ours(wish)));
    for (const { wish, state } of finished) if (state === 'applied') this.#confirmation.finished(wish);
  }

  #home(batch: Batch, how: 'applied' | 'satisfied'): FinishedWish[] {
    this.#deps.precedence.home(this.#conversation, batch);
    return this.#pending.end(batch, how);
  }
}
