import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Two bounds, both included. */
export type Range = readonly [least: number, most: number];

/** Random numbers that are the same for the same seed. */
export class Random {
  readonly #seed: number;
  readonly #generator: RandomGenerator;

  constructor(seed: number) {
    this.#seed = seed;
    this.#generator = xoroshiro128plus(seed);
  }

  /** A stream of its own for a part of the simulation, so that one part's draws do not shift another's. */
  fork(part: number): Random {
    return new Random(Math.imul(this.#seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(part + 1, 0xc2b2ae35));
  }

  /** In [0, 1). */
  next(): number {
    return uniformFloat64(this.#generator);
  }

  int([least, most]: Range): number {
    return uniformInt(this.#generator, least, most);
  }

  between([least, most]: Range): number {
    return least + this.next() * (most - least);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.int([0, choices.length - 1])];
    if (choice === undefined) throw new Error('there is nothing to pick from');
    return choice;
  }

  /** Waits of a memoryless process with this mean. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** Lognormal with this median, cut to a range (Box–Muller). */
  lognormal(median: number, sigma: number, [least, most]: Range): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.min(most, Math.max(least, median * Math.exp(sigma * normal)));
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.int([0, 15]).toString(16)).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
