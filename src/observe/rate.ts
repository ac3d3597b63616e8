import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';

/** How often a counter is looked at, in ms, and how many of these make the minute. */
const interval = 1_000;
const samples = 60;

/** How much some counters grew within the last minute, or since the start if that is later. */
export class Rates<Name extends string> {
  readonly #read: Readonly<Record<Name, () => number>>;
  /** The oldest of them is a minute old, if the daemon is. */
  readonly #past: Record<Name, number>[] = [];
  readonly #deadline: Deadline;

  /** @param read where each counter is read; counters never fall */
  constructor({ clock, deadlines }: { clock: Clock; deadlines: Deadlines }, read: Readonly<Record<Name, () => number>>) {
    this.#read = read;
    this.#past.push(this.#now());
    this.#deadline = deadlines.after(interval, () => {
      this.#past.push(this.#now());
      if (this.#past.length > samples) this.#past.shift();
      this.#deadline.moveTo(clock.now() + interval);
    });
  }

  get perMinute(): Record<Name, number> {
    const now = this.#now();
    const before = this.#past[0] ?? now;
    return this.#each((name) => now[name] - before[name]);
  }

  /** What the counters are at: between two looks, they tell how fast it goes. */
  get totals(): Record<Name, number> {
    return this.#now();
  }

  stop(): void {
    this.#deadline.cancel();
  }

  #now(): Record<Name, number> {
    return this.#each((name) => this.#read[name]());
  }

  #each(value: (name: Name) => number): Record<Name, number> {
    const names = Object.keys(this.#read) as Name[];
    return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, number>;
  }
}
