import { fullJitter } from '../base/backoff.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import { answerFields, Refused } from './errors.js';

/** Reconnecting: first try within 500 ms, then doubling to 30 s, always drawn from the whole range (design.md §6). */
const backoff = { base: 500, cap: 30_000 };

/** Setbacks in a row: how long is waited after each, and what is told of it. */
export class Setbacks {
  readonly #deps: { log: Log; random: () => number };
  #count: number;

  /** @param count how many there were already, as it were */
  constructor(deps: { log: Log; random: () => number }, count = 0) {
    this.#deps = deps;
    this.#count = count;
  }

  /** One more: ms until the next try. */
  next(): number {
    const wait = Math.round(fullJitter(backoff, this.#count, this.#deps.random));
    this.#count += 1;
    return wait;
  }

  /** The next one is the first again. */
  over(): void {
    this.#count = 0;
  }

  /** One more, which is told: ms until the next try. */
  failed(error: unknown, message: string): number {
    const retryInMs = this.next();
    const fields = error instanceof Refused ? answerFields(error.answer) : {};
    this.#deps.log.warn('channel.failed', message, { ...fields, error: messageOf(error), retryInMs });
    return retryInMs;
  }
}

/**
 * Whether a failure means that the channel is not ours any more: it dies with its token.
 * @param subscribed whether its topics were taken before: a 400 of the first subscription is about them, and a new channel would meet it too
 */
export function isChannelLost(error: unknown, subscribed: boolean): boolean {
  if (!(error instanceof Refused)) return false;
  if (error.verdict === 'invalid') return subscribed;
  return error.verdict === 'gone' || error.verdict === 'forbidden' || error.verdict === 'credentials';
}
