import type { Log } from '../observe/log.js';
import { contradicts, type Known } from './newest.js';

/** An event newer than all before it, yet so long (ms) after an answer with a higher version, is on another count. */
const lag = 10_000;

/**
 * Whether an event's version n stands for ETag `"n"` in this org: until an answer contradicts it (design.md §6).
 * Told once.
 */
export class EtagConvention {
  versionsAreEtags = true;
  readonly #deps: { log: Log; clock: { now(): number } };

  constructor(deps: { log: Log; clock: { now(): number } }) {
    this.#deps = deps;
  }

  /** Looks whether an answer contradicts it. */
  check(conversationId: string, known: Known, answer: { etag?: string | undefined; sent?: string | undefined; accepted: boolean }): void {
    if (this.versionsAreEtags && contradicts(known, answer)) this.#giveUp(conversationId, known.version, answer.etag);
  }

  /** Looks whether a newer event's version contradicts it by being far behind what an answer told. */
  checkEvent(conversationId: string, known: Known, version: number): void {
    const behind =
      known.version !== undefined &&
      version < known.version &&
      this.#deps.clock.now() - known.answeredAt > lag &&
      Number.isFinite(known.answeredAt);
    if (this.versionsAreEtags && behind) this.#giveUp(conversationId, version, known.etag);
  }

  #giveUp(conversationId: string, version: number | undefined, etag: string | undefined): void {
    this.versionsAreEtags = false;
    this.#deps.log.warn(
      'conversation.etag',
      'event versions are not ETags here: from now on an event only means that the ETag must be read',
      { conversationId, version, etag },
    );
  }
}
