import type { Clock } from '../base/clock.js';

/** How far back it looks, in ms: a minute, as the rates do. */
const span = 60_000;

/** Values that are kept of it: three minutes' worth of the platform's default budget, all of them writes. */
const most = 1_000;

/** What values there were within the last minute, in their own unit. */
export interface RecentValues {
  count: number;
  p50: number;
  p95: number;
  max: number;
}

/** The values of the last minute, or the newest 1,000 of them: what is usual now, which a histogram since the start does not tell. */
export class Recent {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #kept: { at: number; value: number }[] = [];

  constructor({ clock }: { clock: Pick<Clock, 'now'> }) {
    this.#clock = clock;
  }

  add(value: number): void {
    this.#kept.push({ at: this.#clock.now(), value });
    if (this.#kept.length > most) this.#kept.shift();
  }

  /** Undefined if there was none. */
  get values(): RecentValues | undefined {
    const since = this.#clock.now() - span;
    const first = this.#kept.findIndex(({ at }) => at > since);
    this.#kept.splice(0, first === -1 ? this.#kept.length : first);
    const sorted = this.#kept.map(({ value }) => value).sort((a, b) => a - b);
    const max = sorted.at(-1);
    if (max === undefined) return undefined;
    // nearest rank: a value that there was
    const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? max;
    return { count: sorted.length, p50: rank(0.5), p95: rank(0.95), max };
  }
}
