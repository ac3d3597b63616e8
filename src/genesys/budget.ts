import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import type { Log } from '../observe/log.js';
import { lossOf } from './errors.js';
import { pick, type Claim } from './scheduler.js';

/** The platform counts calls in fixed windows of a minute per token (genesys-cloud.md §7). */
const windowLength = 60_000;

/**
 * Calls may run so far ahead of the clock before they count as scarce, as a share of the window: a handful that is used as
 * it opens, and the flicker of its last seconds, say nothing.
 */
const headStart = 0.1;

/** Windows end a minute apart: an end that is told less than this later is the same one's, told by a slower answer. */
const sameWindow = windowLength / 2;

export interface BudgetOptions {
  /** Calls a window, until an answer tells the real limit. */
  perMinute: number;
  /** Share of it that only token and channel calls may use, and up to its half calls of conversations that end. */
  reserve: number;
}

/** How much of the reserve each rank may use; in the order in which they are served. */
const ofReserve: Readonly<Record<Claim['rank'], number>> = { platform: 1, ending: 0.5, usual: 0 };

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

interface Entry {
  calls: number;
  claim: () => Claim;
  grant: (grants: Grant[]) => void;
}

/**
 * The one budget of all calls of a token: a fixed window that the answers' `inin-ratelimit-*` headers correct, and a
 * hold on everything while a 429's `Retry-After` runs. Where calls have to wait, their claims decide (scheduler.ts).
 */
export class Budget {
  readonly #deps: { clock: Clock; deadlines: Deadlines; log: Log };
  #reserve: number;
  #allowed: number;
  /** This process' share of them: others have the same token. */
  #share = 1;
  /** Whether an answer told that limit. */
  #limitTold = false;
  #used = 0;
  /** Granted, but not settled: the server's count may not hold these yet. */
  #flying = 0;
  #windowEnds = 0;
  /** Whether the server told that end; else it is a guess. */
  #told = false;
  /** The last end that the server told of a window that is over. */
  #past = -Infinity;
  #heldUntil = 0;
  /** In the order of asking. */
  #queue: Entry[] = [];
  /** Calls that they wait for. */
  #wanted = 0;
  #wake: Deadline | undefined;
  /** Whether nobody but usual calls was waiting when somebody was last picked. */
  #usualOnly = true;
  /** When a usual call was last granted in overload, and when the next one may be. */
  #lastTurn = -Infinity;
  readonly #nextTurn: Deadline;

  constructor(deps: { clock: Clock; deadlines: Deadlines; log: Log }, { perMinute, reserve }: BudgetOptions) {
    this.#deps = deps;
    this.#allowed = perMinute;
    this.#reserve = reserve;
    this.#nextTurn = deps.deadlines.idle(() => {
      this.#serve();
    });
  }

  /** What is granted stays so; what waits is judged anew. The number of calls counts only as long as no answer has told the limit. */
  configure({ perMinute, reserve }: BudgetOptions): void {
    this.#reserve = reserve;
    if (!this.#limitTold) this.#allowed = perMinute;
    this.#serve(true);
  }

  /** Others have the same token: of its calls only this share may be used here. */
  share(share: number): void {
    if (share === this.#share) return;
    this.#share = share;
    this.#serve(true);
  }

  /** Calls of a window that may be used here. */
  get #limit(): number {
    return this.#share === 1 ? this.#allowed : Math.max(1, Math.floor(this.#allowed * this.#share));
  }

  /** Calls left in this window. */
  get remaining(): number {
    this.#roll();
    return Math.max(0, this.#limit - this.#used);
  }

  /**
   * How the usual calls that are left in this window, and that nobody waits for, compare with the time that is left of it,
   * but for the head start: the share of the calls over the share of the time. 1 and more is enough, 0 is none.
   */
  get pace(): number {
    this.#roll();
    const usable = Math.max(1, this.#usable('usual'));
    const calls = Math.max(0, usable - this.#used - this.#wanted) / usable;
    const time = (this.#windowEnds - this.#deps.clock.now()) / windowLength - headStart;
    if (calls === 0) return 0;
    return time > 0 ? calls / time : Infinity;
  }

  /** Whether a usual call could be made now. */
  get open(): boolean {
    this.#roll();
    return !this.held && this.#hasRoom(1, 'usual');
  }

  /** Whether a 429's `Retry-After` runs. */
  get held(): boolean {
    return this.#deps.clock.now() < this.#heldUntil;
  }

  /**
   * Resolves with leave for `calls` calls at once, as soon as the window has room for all of them and nobody's claim is
   * better.
   * @param claim asked whenever somebody is picked; without one, the call is a usual one that finishes one wish of now
   */
  grant(calls = 1, claim: () => Claim = this.#usual()): Promise<Grant[]> {
    return new Promise((resolve) => {
      this.#queue.push({ calls, claim, grant: resolve });
      this.#wanted += calls;
      const { rank, again = false } = claim();
      this.#serve(rank !== 'usual' || again);
    });
  }

  /** A claim of those that wait has risen: it may be served by now. */
  reconsider(): void {
    this.#serve(true);
  }

  #usual(): () => Claim {
    const since = this.#deps.clock.now();
    return () => ({ rank: 'usual', since, size: 1, conflicts: 0 });
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
    if (allowed !== undefined && allowed > 0) {
      this.#allowed = allowed;
      this.#limitTold = true;
    }
    if (reset !== undefined && count !== undefined) this.#align(now + reset * 1000, count);
    if (status === 429) this.#hold(now, retryAfter(headers['retry-after'], this.#deps.clock.wall()));
    this.#serve();
  }

  #align(windowEnds: number, count: number): void {
    // an answer that was slow may tell of a window that is over, or of the one before the one that is known
    if (windowEnds < this.#past + sameWindow || (this.#told && windowEnds < this.#windowEnds - sameWindow)) return;
    const next = windowEnds > this.#windowEnds + sameWindow;
    if (next) this.#leaveWindow();
    // the others' calls are in the count, too
    const own = this.#share === 1 ? count : 0;
    // within a window never believe less than was granted here: what is under way is not in the server's count yet
    this.#used = next ? own + this.#flying : Math.max(this.#used, own);
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

  /** @param risen whether a claim is new or has risen that is not usual */
  #serve(risen = false): void {
    this.#roll();
    const now = this.#deps.clock.now();
    if (now >= this.#heldUntil && this.#queue.length > 0) this.#grantWhatFits(now, risen);
    if (this.#queue.length > 0) this.#wakeLater(now);
  }

  #grantWhatFits(now: number, risen: boolean): void {
    const [first] = this.#queue;
    if (first !== undefined && this.#queue.length === 1 && this.#hasRoom(first.calls, 'usual')) {
      this.#queue = [];
      this.#give(first);
    } else if (this.#used < this.#limit && (risen || !this.#usualOnly || (this.#hasRoom(1, 'usual') && this.#isTurn(now)))) {
      this.#grantBest(now);
    }
  }

  #grantBest(now: number): void {
    // within this turn no claim changes: each is asked once, however many are picked
    const waiting = this.#queue.map((entry) => ({ entry, calls: entry.calls, claim: entry.claim() }));
    const usual = this.#usable('usual');
    for (;;) {
      const picked = pick(waiting, { now, left: usual - this.#used, opensAt: this.#windowEnds, next: usual });
      if (picked === undefined) return;
      const { next, overload } = picked;
      this.#usualOnly = next.claim.rank === 'usual';
      if (!this.#hasRoom(next.calls, next.claim.rank)) return;
      // what a refusal told is old by the next turn
      if (overload && next.claim.again !== true) {
        if (!this.#isTurn(now)) return;
        this.#lastTurn = now;
      }
      const at = waiting.indexOf(next);
      waiting.splice(at, 1);
      this.#queue.splice(at, 1);
      this.#give(next.entry);
    }
  }

  /** In overload the calls that are left are spread over the time that is left: meanwhile there is more for each to finish. */
  #isTurn(now: number): boolean {
    const at = this.#turnAt();
    if (now >= at) return true;
    this.#nextTurn.moveTo(at);
    return false;
  }

  #turnAt(): number {
    const opened = this.#windowEnds - windowLength;
    if (this.#lastTurn < opened) return opened;
    const until = this.#windowEnds - headStart * windowLength;
    return this.#lastTurn + (until - this.#lastTurn) / Math.max(1, this.#usable('usual') - this.#used);
  }

  #give({ calls, grant }: Entry): void {
    this.#wanted -= calls;
    this.#used += calls;
    this.#flying += calls;
    grant(Array.from({ length: calls }, () => this.#newGrant()));
  }

  #hasRoom(calls: number, rank: Claim['rank']): boolean {
    // what no window could hold has one of its own
    return this.#used + calls <= Math.max(calls, this.#usable(rank));
  }

  /** Calls of a window that a rank may use. */
  #usable(rank: Claim['rank']): number {
    return Math.floor(this.#limit * (1 - this.#reserve * (1 - ofReserve[rank])));
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
    this.#wake ??= this.#deps.deadlines.idle(() => {
      this.#wake = undefined;
      this.#serve();
    });
    this.#wake.moveTo(at);
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
      allowed: this.#limit,
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
