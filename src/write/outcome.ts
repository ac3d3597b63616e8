import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { answerFields, Refused } from '../genesys/errors.js';
import type { Intent, IntentReason, Wish } from '../intent/intent.js';
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
  readonly figures: WriteFigures = { requests: 0, written: 0, conflicts: 0, failed: 0, applied: 0, satisfied: 0, superseded: 0, dead: 0 };
  readonly #deps: OutcomesDeps;

  constructor(deps: OutcomesDeps) {
    this.#deps = deps;
  }

  waiting({ id }: Wish): void {
    this.#deps.outbox.update(id, { state: 'waiting' });
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

  #measure({ attempts, acceptedAt }: Wish): void {
    const { metrics, clock } = this.#deps;
    metrics.observe('write_attempts', attempts);
    metrics.observe('intent_to_applied_seconds', Math.max(0, clock.wall() - acceptedAt) / 1000);
  }

  dead(wishes: readonly Intent[], reason: IntentReason): void {
    const { what, ...said } = reason;
    for (const { id, conversationId, attempts } of wishes) {
      this.#deps.outbox.update(id, { state: 'dead', reason });
      this.figures.dead += 1;
      this.#deps.log.error('intent.dead', 'given up', { intentId: id, conversationId, reason: what, ...said, attempts });
    }
  }
}
