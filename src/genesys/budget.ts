import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import type { Log } from '../observe/log.js';
import { lossOf } from './errors.js';

/** The platform counts calls in fixed windows of a minute per token (genesys-cloud.md §7). */
const windowLength = 60_000;

/** Windows end a minute apart: an end that is told less than this later is the same one's, told by a slower answer. */
const sameWindow = windowLength / 2;

export interface BudgetOptions {
  /** Calls a window, until an answer tells the real limit. */
  perMinute: number;
  /** Share of it that only `urgent` calls (token, channels) may use. */
  reserve: number;
}

/** Leave to make one call; whoever has it settles it once, whatever became of the call. */
export interface Grant {
  /** @param used false if no request was sent: the call goes back into the budget */
  settle(used: boolean): void;
}

/** Makes a call with the leave that was taken for it, which goes back if nothing was sent. */
export async function spend<T>(leave: Grant | undefined, call: () => Promise<T>): Promise<T> {
  let used = true;
  try {
    return await call();
  } catch (error) {
    const loss = lossOf(error);
    used = loss === undefined || loss === 'network-unknown';
    throw error;
  } finally {
    leave?.settle(used);
  }
}

interface Waiting {
  calls: number;
  urgent: boolean;
  grant: (grants: Grant[]) => void;
}

/**
 * The one budget of all calls of a token: a fixed window that the answers' `inin-ratelimit-*` headers correct, and a
 * hold on everything while a 429's `Retry-After` runs. First come, first served, but urgent calls before others.
 */
export class Budget {
  readonly #deps: { clock: Clock; deadlines: Deadlines; log: Log };
  readonly #reserve: number;
  #allowed: number;
  #used = 0;
  /** Granted, but not settled: the server's count may not hold these yet. */
  #flying = 0;
  #windowEnds = 0;
  /** Whether the server told that end; else it is a guess. */
  #told = false;
  /** The last end that the server told of a window that is over. */
  #past = -Infinity;
  #heldUntil = 0;
  #queue: Waiting[] = [];
  #wake: Deadline | undefined;

  constructor(deps: { clock: Clock; deadlines: Deadlines; log: Log }, { perMinute, reserve }: BudgetOptions) {
    this.#deps = deps;
    this.#allowed = perMinute;
    this.#reserve = reserve;
  }

  /** Calls left in this window. */
  get remaining(): number {
    this.#roll();
    return Math.max(0, this.#allowed - this.#used);
  }

  /** Whether a call that is not urgent could be made now. */
  get open(): boolean {
    this.#roll();
    return !this.held && this.#hasRoom({ calls: 1, urgent: false });
  }

  /** Whether a 429's `Retry-After` runs. */
  get held(): boolean {
    return this.#deps.clock.now() < this.#heldUntil;
  }

  /** Resolves with leave for `calls` calls at once, as soon as the window has room for all of them. */
  grant(calls = 1, { urgent = false } = {}): Promise<Grant[]> {
    return new Promise((resolve) => {
      const entry = { calls, urgent, grant: resolve };
      const behind = urgent ? this.#queue.findIndex((other) => !other.urgent) : -1;
      if (behind < 0) this.#queue.push(entry);
      else this.#queue.splice(behind, 0, entry);
      this.#serve();
    });
  }

  /**
   * Learns from an answer's headers: `inin-ratelimit-count`, `-allowed`, `-reset` (seconds), and `retry-after`
   * (seconds) of a 429.
   */
  learn(status: number, headers: Readonly<Record<string, string>>): void {
    const now = this.#deps.clock.now();
    const count = wholeNumber(headers['inin-ratelimit-count']);
    const allowed = wholeNumber(headers['inin-ratelimit-allowed']);
    const reset = wholeNumber(headers['inin-ratelimit-reset']);
    if (allowed !== undefined && allowed > 0) this.#allowed = allowed;
    if (reset !== undefined && count !== undefined) this.#align(now + reset * 1000, count);
    if (status === 429) this.#hold(now, retryAfter(headers['retry-after'], this.#deps.clock.wall()));
    this.#serve();
  }

  #align(windowEnds: number, count: number): void {
    // an answer that was slow may tell of a window that is over, or of the one before the one that is known
    if (windowEnds < this.#past + sameWindow || (this.#told && windowEnds < this.#windowEnds - sameWindow)) return;
    const next = windowEnds > this.#windowEnds + sameWindow;
    if (next) this.#leaveWindow();
    // within a window never believe less than was granted here: what is under way is not in the server's count yet
    this.#used = next ? count + this.#flying : Math.max(this.#used, count);
    this.#windowEnds = this.#told ? Math.min(this.#windowEnds, windowEnds) : windowEnds;
    this.#told = true;
  }

  #leaveWindow(): void {
    if (this.#told) this.#past = this.#windowEnds;
    this.#told = false;
  }

  #hold(now: number, seconds = 1): void {
    this.#heldUntil = Math.max(this.#heldUntil, now + seconds * 1000);
    this.#deps.log.warn('budget.throttled', 'the platform said "too many requests": all calls wait', () => ({
      reason: '429',
      forMs: seconds * 1000,
      waiting: this.#queue.length,
    }));
  }

  #roll(): void {
    const now = this.#deps.clock.now();
    if (now < this.#windowEnds) return;
    this.#leaveWindow();
    this.#used = this.#flying;
    this.#windowEnds = now + windowLength;
  }

  #serve(): void {
    this.#roll();
    const now = this.#deps.clock.now();
    for (let next = this.#queue[0]; next !== undefined && now >= this.#heldUntil && this.#hasRoom(next); next = this.#queue[0]) {
      this.#queue.shift();
      this.#used += next.calls;
      this.#flying += next.calls;
      next.grant(Array.from({ length: next.calls }, () => this.#newGrant()));
    }
    if (this.#queue.length > 0) this.#wakeLater(now);
  }

  #hasRoom({ calls, urgent }: Pick<Waiting, 'calls' | 'urgent'>): boolean {
    const usable = urgent ? this.#allowed : Math.max(calls, Math.floor(this.#allowed * (1 - this.#reserve)));
    return this.#used + calls <= usable || (this.#used === 0 && calls > usable);
  }

  #wakeLater(now: number): void {
    const at = now < this.#heldUntil ? this.#heldUntil : this.#windowEnds;
    if (this.#wake === undefined && now >= this.#heldUntil) {
      this.#deps.log.warn('budget.throttled', 'the minute is used up: calls wait for the next one', () => ({
        reason: 'budget',
        forMs: Math.round(at - now),
        waiting: this.#queue.length,
      }));
    }
    this.#wake?.cancel();
    this.#wake = this.#deps.deadlines.at(at, () => {
      this.#wake = undefined;
      this.#serve();
    });
  }

  #newGrant(): Grant {
    let open = true;
    return {
      settle: (used) => {
        if (!open) return;
        open = false;
        this.#flying -= 1;
        if (used) return;
        this.#used = Math.max(0, this.#used - 1);
        this.#serve();
      },
    };
  }

  /** What it stands at; times in ms from now. */
  get figures(): { allowed: number; remaining: number; resetsInMs: number; heldForMs: number; waiting: number } {
    const { remaining } = this;
    const left = (until: number): number => Math.max(0, Math.round(until - this.#deps.clock.now()));
    return {
      allowed: this.#allowed,
      remaining,
      resetsInMs: left(this.#windowEnds),
      heldForMs: left(this.#heldUntil),
      waiting: this.#queue.length,
    };
  }
}

/** Seconds of a `Retry-After`, which may be a date (RFC 9110 §10.2.3). */
function retryAfter(text: string | undefined, wall: number): number | undefined {
  const date = Date.parse(text ?? '');
  return wholeNumber(text) ?? (Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - wall) / 1000)));
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = text === undefined ? NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? Math.ceil(value) : undefined;
}
