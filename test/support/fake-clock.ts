import TinyQueue from 'tinyqueue';
import type { Clock, Timer } from '../../src/base/clock.js';

interface Pending {
  at: number;
  order: number;
  run: () => void;
}

/** A clock that stands still until a test moves it. Wall time runs with it, unless the test makes it jump. */
export class FakeClock implements Clock {
  #now = 0;
  #wallAhead = Date.UTC(2026, 0, 1);
  #order = 0;
  readonly #pending = new Set<Pending>();
  /** The pending ones by time, and some that were cancelled. */
  readonly #queue = new TinyQueue<Pending>([], (a, b) => a.at - b.at || a.order - b.order);

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now + this.#wallAhead;
  }

  after(delay: number, run: () => void): Timer {
    this.#order += 1;
    const pending = { at: this.#now + Math.max(0, delay), order: this.#order, run };
    this.#pending.add(pending);
    this.#queue.push(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** The machine sleeps: wall time goes on, monotonic time does not. */
  sleep(ms: number): void {
    this.#wallAhead += ms;
  }

  /** Lets time pass; what becomes due runs at its time, and promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#queue.peek(); next !== undefined && next.at <= end; next = this.#queue.peek()) {
      this.#queue.pop();
      if (!this.#pending.delete(next)) continue;
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** Lets time pass up to `end`; what becomes due runs at its time, and no promise settles in between. */
  leap(end: number): void {
    for (let next = this.#queue.peek(); next !== undefined && next.at <= end; next = this.#queue.peek()) {
      this.#queue.pop();
      if (!this.#pending.delete(next)) continue;
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = Math.max(this.#now, end);
  }
}

/** Resolves when promises that need no outside event have settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
