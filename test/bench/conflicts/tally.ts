import { perRequest } from './oracle.js';
import type { Result } from './peers.js';
import { within } from './world.js';

/** What an update costs: ms until it is home + 100 a request; one that never came is counted as 30 s. */
const costOf = ({ tookMs = within, requests }: Result): number => tookMs + perRequest * requests;

/** What one contender came to in one cell. */
export interface Figures {
  /** Share of the updates that were home within 30 s. */
  right: number;
  requests: number;
  /** Ms from wish to home, of those that were. */
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  /** What an update cost on average, and half of that's 95 % confidence interval. */
  cost: number;
  costError: number;
  /** As a multiple of the oracle's, and half of its 95 % confidence interval: of the paired differences. */
  ratio: number;
  error: number;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Gathers what came of the updates of one contender, beside the oracle's on the same calls. */
export class Tally {
  readonly #took: number[] = [];
  readonly #costs: number[] = [];
  readonly #oracle: number[] = [];
  #requests = 0;

  add(result: Result, oracle: Result): void {
    if (result.tookMs !== undefined && result.tookMs <= within) this.#took.push(result.tookMs);
    this.#requests += result.requests;
    this.#costs.push(costOf(result));
    this.#oracle.push(costOf(oracle));
  }

  figures(): Figures {
    const took = this.#took.sort((a, b) => a - b);
    const at = (share: number): number => took[Math.floor(took.length * share)] ?? NaN;
    const count = this.#costs.length;
    const reference = meanOf(this.#oracle);
    const cost = meanOf(this.#costs);
    const ratio = cost / reference;
    // of a ratio of means, by its linear part
    const residuals = this.#costs.map((cost, index) => (cost - ratio * Number(this.#oracle[index])) ** 2);
    return {
      right: took.length / count,
      requests: this.#requests / count,
      mean: meanOf(took),
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      cost,
      costError: 1.96 * Math.sqrt(meanOf(this.#costs.map((each) => (each - cost) ** 2)) / count),
      ratio,
      error: (1.96 * Math.sqrt(meanOf(residuals) / count)) / reference,
    };
  }
}
