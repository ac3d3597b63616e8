import { fullJitter } from '../../base/backoff.js';
import type { Clock } from '../../base/clock.js';
import type { Deadlines } from '../../base/deadlines.js';
import type { Conversation } from '../../conversation/conversation.js';
import type { Log } from '../../observe/log.js';
import type { Intent } from '../intent.js';
import type { Outbox } from '../outbox.js';
import { LookupFailed, type Lookup, type LookupAnswer } from './lookup.js';

/** Waits between the tries of one key (design.md §3). */
const backoff = { base: 500, cap: 15_000 };

export interface PatienceSettings {
  /** Age of an intent at which it is given up, in ms. */
  giveUpAfter: number;
}

export interface PatienceDeps extends PatienceSettings {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  outbox: Outbox;
  random: () => number;
  signal: AbortSignal;
}

/** Lookups on behalf of intents: tried again until they answer, the intent gives up or the call has ended. */
export class PatientLookups {
  readonly #deps: PatienceDeps;

  constructor(deps: PatienceDeps) {
    this.#deps = { ...deps };
  }

  /** Counts from the next failure of a try on. */
  configure({ giveUpAfter }: PatienceSettings): void {
    Object.assign(this.#deps, { giveUpAfter });
  }

  /**
   * The answer; undefined if none is to be had: then the intent is dead, or the daemon stops.
   * @param isCurrent asked before another try: `outdated` is the answer where this lookup is not the one to ask any more
   */
  async ask(
    lookup: Lookup,
    url: string,
    intent: Intent,
    conversation: Conversation,
    isCurrent: () => boolean = () => true,
  ): Promise<LookupAnswer | 'outdated' | undefined> {
    const { deadlines, random, signal } = this.#deps;
    for (let failures = 0; !signal.aborted; failures += 1) {
      if (failures > 0 && !isCurrent()) return 'outdated';
      try {
        return await lookup.ask(url);
      } catch (error) {
        if (!(error instanceof LookupFailed)) throw error;
        const wait = Math.round(fullJitter(backoff, failures, random));
        const end = this.#whyNoMore(error, intent, conversation, wait);
        this.#tell(error, intent, end === undefined ? wait : undefined);
        if (end !== undefined) {
          this.#dead(intent, error, end);
          return undefined;
        }
        await deadlines.pause(wait, signal);
      }
    }
    return undefined;
  }

  #whyNoMore(error: LookupFailed, intent: Intent, conversation: Conversation, wait: number): string | undefined {
    if (error.retry === 'never') return error.message;
    if (conversation.over) return `${error.message}; the call has ended`;
    if (this.#deps.clock.wall() + wait - intent.acceptedAt > this.#deps.giveUpAfter)
      return `${error.message}; given up after write.giveUpAfter`;
    return undefined;
  }

  #tell(error: LookupFailed, { id, conversationId }: Intent, retryInMs: number | undefined): void {
    const { message, status } = error;
    this.#deps.log.warn('lookup.failed', message, { conversationId, intentId: id, status, error: message, retryInMs });
  }

  #dead(intent: Intent, { status }: LookupFailed, what: string): void {
    // what is not kept here any more is another instance's
    if (this.#deps.outbox.get(intent.id) === undefined) return;
    this.#deps.outbox.update(intent.id, { state: 'dead', reason: { what, status } });
    this.#deps.log.error('intent.dead', 'the lookup gave no answer', {
      intentId: intent.id,
      conversationId: intent.conversationId,
      reason: what,
      status,
      attempts: 0,
    });
  }
}
