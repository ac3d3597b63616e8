import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { answerFields, Refused } from '../genesys/errors.js';
import { waitingSince, type Intent, type IntentReason, type Wish } from '../intent/intent.js';
import type { Outbox } from '../intent/outbox.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { FinishedWish } from './pending.js';

/** What is kept and told of a failure: for a refusal all that the platform said. */
export function reasonOf(error: unknown): IntentReason {
  return error instanceof Refused ? { what: error.message, ...answerFields(error.answer) } : { what: messageOf(error) };
}

/** How many requests there were of each kind, and how many intents came to which end. */
export interface WriteFigures {
  requests: number;
  written: number;
  conflicts: number;
  failed: number;
  applied: number;
  confirmed: number;
  satisfied: number;
  superseded: number;
  dead: number;
}

export interface OutcomesDeps {
  outbox: Outbox;
  log: Log;
  metrics: Metrics;
  clock: Clock;
}

/** Where the ways of wishes are recorded, counted and told. */
export class Outcomes {
  readonly figures: WriteFigures = {
    requests: 0,
    written: 0,
    conflicts: 0,
    failed: 0,
    applied: 0,
    confirmed: 0,
    satisfied: 0,
    superseded: 0,
    dead: 0,
  };
  readonly #deps: OutcomesDeps;

  constructor(deps: OutcomesDeps) {
    this.#deps = deps;
  }

  waiting({ id }: Wish, participantId: string): void {
    this.#deps.outbox.update(id, { state: 'waiting', writtenTo: participantId });
  }

  /** One request went to the wire with these wishes in it. */
  sent(wishes: readonly Wish[]): void {
    this.figures.requests += 1;
    for (const wish of wishes) {
      wish.attempts += 1;
      this.#deps.outbox.update(wish.id, { state: 'sent', attempts: wish.attempts });
    }
  }

  /** One request was taken by the platform, and that finished these. */
  applied(finished: readonly FinishedWish[]): void {
    this.figures.written += 1;
    this.finished(finished);
  }

  finished(finished: readonly FinishedWish[]): void {
    for (const { wish, state } of finished) {
      this.#deps.outbox.update(wish.id, { state });
      this.figures[state] += 1;
      if (state === 'applied') {
        this.#measure(wish);
        continue;
      }
      const message = state === 'satisfied' ? 'every value already stands: nothing is sent' : 'every key has a newer wish';
      this.#deps.log.info(`intent.${state}`, message, { intentId: wish.id, conversationId: wish.conversationId });
    }
  }

  #measure(wish: Wish): void {
    const { metrics, clock } = this.#deps;
    metrics.observe('write_attempts', wish.attempts);
    metrics.observe('intent_to_applied_seconds', Math.max(0, clock.wall() - waitingSince(wish)) / 1000);
  }

  /** Every value that it wrote was shown by an event or a read. */
  confirmed({ id, conversationId }: Wish): void {
    const { outbox, log } = this.#deps;
    // one that waits to be written again is not confirmed by what else it wrote
    if (outbox.get(id)?.state !== 'applied') return;
    outbox.update(id, { state: 'confirmed', reason: undefined });
    this.figures.confirmed += 1;
    log.info('intent.confirmed', 'what was written was seen to have arrived', { intentId: id, conversationId });
  }

  /** Whether it was given up. */
  isDead({ id }: Wish): boolean {
    return this.#deps.outbox.get(id)?.state === 'dead';
  }

  /** It was applied, and newer wishes took all its keys over before anything had shown them. */
  replaced(wish: Wish): void {
    if (this.#deps.outbox.get(wish.id)?.state === 'applied') this.finished([{ wish, state: 'superseded' }]);
  }

  /** Others overwrote what it wrote: it is written again. `reasserted` counts that by key. */
  reasserted(wish: Wish, participantId: string, keys: readonly string[], reasserted: Readonly<Record<string, number>>): void {
    const { outbox, log } = this.#deps;
    const { id: intentId, conversationId } = wish;
    outbox.reopen(wish, { reason: { what: 'overwritten', keys }, reasserted });
    const times = Math.max(...keys.map((key) => reasserted[key] ?? 0));
    log.warn('intent.reasserted', 'somebody else has overwritten it: it is written again', {
      intentId,
      conversationId,
      participantId,
      keys,
      times,
    });
  }

  /** Others overwrote what it wrote, as often as `write.reassert` allows and once more. */
  overwritten(wish: Wish, keys: readonly string[]): void {
    const reason = { what: 'overwritten', keys };
    this.#deps.outbox.reopen(wish, { reason, reasserted: wish.reasserted });
    this.dead([wish], reason);
  }

  /** It was applied, and cannot be read back to prove it. */
  unconfirmed({ id, conversationId }: Intent, error: unknown): void {
    // one that waits to be written again has its end still before it, and what was confirmed stays so
    if (this.#deps.outbox.get(id)?.state !== 'applied') return;
    const reason = reasonOf(error);
    const { what, ...said } = reason;
    this.#deps.outbox.update(id, { finished: true, reason });
    this.#deps.log.warn('intent.unconfirmed', 'the platform took it, but it cannot be read back', {
      intentId: id,
      conversationId,
      reason: what,
      ...said,
    });
  }

  dead(wishes: readonly Intent[], reason: IntentReason): void {
    const { what, ...said } = reason;
    for (const { id, conversationId, attempts } of wishes) {
      // what is not kept here any more is another instance's
      if (this.#deps.outbox.get(id) === undefined) continue;
      this.#deps.outbox.update(id, { state: 'dead', reason });
      this.figures.dead += 1;
      this.#deps.log.error('intent.dead', 'given up', { intentId: id, conversationId, reason: what, ...said, attempts });
    }
  }
}
