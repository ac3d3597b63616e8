import { fullJitter } from '../base/backoff.js';

/** The same ETag refused so often although it was read again: then it is no conflict, and the next try waits. */
export const mostRefusalsOfOneEtag = 3;

/**
 * After so many conflicts in a row, and when less than this is left of the budget's pace, a resource leaves room for
 * others: a short pause, and the ETag is still read when the next request goes to the wire. Where calls are not scarce a
 * pause only loses (`npm run bench`).
 */
const patience = { conflicts: 12, base: 50, cap: 250, pace: 0.5 };

/** The conflicts that the writes of one resource have met since the last that arrived. */
export class Conflicts {
  inARow = 0;
  #refused: { etag: string | undefined; count: number } = { etag: '', count: 0 };

  /** One more; returns whether it is none, but a refusal of what reads tell, again and again. */
  met(etag: string | undefined): boolean {
    this.inARow += 1;
    this.#refused = { etag, count: this.#refused.etag === etag ? this.#refused.count + 1 : 1 };
    if (this.#refused.count < mostRefusalsOfOneEtag) return false;
    this.#refused.count = 0;
    return true;
  }

  /** A write has arrived. */
  over(): void {
    this.inARow = 0;
    this.#refused = { etag: '', count: 0 };
  }

  /** Ms to leave room for others before the next request; `pace` as of the budget. */
  pause(pace: number, random: () => number): number {
    const excess = this.inARow - patience.conflicts;
    return excess <= 0 || pace >= patience.pace ? 0 : fullJitter(patience, excess, random);
  }
}
