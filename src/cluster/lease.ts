import type { Clock } from '../base/clock.js';

/** What is told with a lease: who holds it, and what else others should know. */
export interface LeaseValue {
  /** The instance. */
  by: string;
  /** The run of that instance: it may have been started anew. */
  session: string;
  [more: string]: unknown;
}

/** A lease that this instance holds, until it is over. */
export class Lease {
  readonly key: string;
  /** The fencing token: greater than that of everybody who held it before. */
  readonly fence: number;
  /** The engine's revision of its entry, which each renewal changes. */
  revision: number;
  value: LeaseValue;
  /** Renewals and the like go one after the other. */
  busy: Promise<void> = Promise.resolve();
  renewing = false;
  /** When it was last sent for renewal (clock's ms). */
  sentAt: number;
  over = false;
  readonly #clock: Clock;
  readonly #ttl: number;
  #sent: { now: number; wall: number };

  /** @param sent when its making was sent: the engine counts its age from a later moment */
  constructor(
    { key, revision, value }: { key: string; revision: number; value: LeaseValue },
    { clock, ttl, sent }: { clock: Clock; ttl: number; sent: { now: number; wall: number } },
  ) {
    this.key = key;
    this.fence = revision;
    this.revision = revision;
    this.value = value;
    this.#clock = clock;
    this.#ttl = ttl;
    this.#sent = sent;
    this.sentAt = sent.now;
  }

  /** The engine has taken a renewal that was sent then. */
  renewed(revision: number, sent: { now: number; wall: number }): void {
    this.revision = revision;
    // what was over for a moment stays so: what came in that moment was not taken, and the next tenure finds it
    if (this.left() > 0) this.#sent = sent;
  }

  /**
   * For how long it is sure to last, in ms; 0 if it is over. By the monotonic clock, and by the wall clock where that ran
   * ahead: a machine that was suspended did not count the time with the former.
   */
  left(): number {
    if (this.over) return 0;
    const age = Math.max(this.#clock.now() - this.#sent.now, this.#clock.wall() - this.#sent.wall);
    return Math.max(0, this.#ttl - age);
  }
}
