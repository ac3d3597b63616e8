import type { LogLevel } from '../../observe/log-level.js';
import { counted, lasting } from '../page.js';
import type { Entry } from './entry.js';

/** Times that are kept for the percentiles: the newest of them, should there be more. */
const mostTimes = 20_000;

/** What came within a period. */
export class Summary {
  #levels: Record<LogLevel, number> = { error: 0, warn: 0, info: 0, debug: 0 };
  #writes = 0;
  #conflicts = 0;
  #dead = 0;
  #times: number[] = [];
  #measured = 0;

  count({ level, event }: Entry): void {
    this.#levels[level] += 1;
    if (event === 'write.applied') this.#writes += 1;
    if (event === 'write.conflict') this.#conflicts += 1;
    if (event === 'intent.dead') this.#dead += 1;
  }

  /** How long a wish took until it was applied, in ms. */
  measure(ms: number): void {
    this.#times[this.#measured % mostTimes] = ms;
    this.#measured += 1;
  }

  /** The figures in words, and all back to nothing; undefined if nothing came. */
  take(): string | undefined {
    const levels = Object.entries(this.#levels).filter(([, count]) => count > 0);
    if (levels.length === 0) return undefined;
    const times = this.#times.sort((a, b) => a - b);
    const words = [
      levels.map(([level, count]) => `${count} ${level}`).join(', '),
      `${counted(this.#writes, 'write')}, ${counted(this.#conflicts, 'conflict')}, ${this.#dead} dead`,
      ...(times.length === 0 ? [] : [`wish to applied p50 ${percentile(times, 0.5)}, p95 ${percentile(times, 0.95)}`]),
    ].join('; ');
    this.#levels = { error: 0, warn: 0, info: 0, debug: 0 };
    this.#writes = this.#conflicts = this.#dead = this.#measured = 0;
    this.#times = [];
    return words;
  }
}

function percentile(sorted: readonly number[], share: number): string {
  return lasting(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
}
