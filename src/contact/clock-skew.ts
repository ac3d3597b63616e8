/** A `Date` header counts whole seconds, so the answer may be from so much later, in ms. */
const granularity = 1_000;

/**
 * How far the platform's clock is ahead of ours. Each answer bounds it: its `Date` was written after the request went out
 * and before the answer came in; several answers narrow it down.
 */
export class ClockSkew {
  #least = -Infinity;
  #most = Infinity;

  /** @param sent,received our wall clock, in ms */
  learn({ date, sent, received }: { date: string | undefined; sent: number; received: number }): void {
    const told = Date.parse(date ?? '');
    if (Number.isNaN(told)) return;
    const least = told - received;
    const most = told + granularity - sent;
    const fits = least <= this.#most && most >= this.#least;
    // hosts behind one name may disagree: then the last one counts
    this.#least = fits ? Math.max(least, this.#least) : least;
    this.#most = fits ? Math.min(most, this.#most) : most;
  }

  /** Bounds in ms; undefined as long as no answer had a date. */
  get bounds(): { least: number; most: number } | undefined {
    return Number.isFinite(this.#least) ? { least: this.#least, most: this.#most } : undefined;
  }
}
