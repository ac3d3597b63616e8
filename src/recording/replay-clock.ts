import TinyQueue from 'tinyqueue';
import type { Clock, Timer } from '../base/clock.js';

interface Pending {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

/** The time of a recording: it goes on only when it is told to, so that a replay is the same each time. */
export class ReplayClock implements Clock {
  readonly #started: number;
  readonly #queue = new TinyQueue<Pending>([], (a, b) => a.at - b.at || a.order - b.order);
  #now = 0;
  #order = 0;

  /** @param started wall time of the recording's start, ms since the epoch */
  constructor(started: number) {
    this.#started = started;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#started + this.#now;
  }

  after(delay: number, run: () => void): Timer {
    this.#order += 1;
    const pending: Pending = { at: this.#now + Math.max(0, delay), order: this.#order, run };
    this.#queue.push(pending);
    return {
      cancel: () => {
        pending.run = undefined;
      },
    };
  }

  /** Goes on to a time (ms since the start), never back; what becomes due runs at its time, and is `settled` before the next. */
  async advanceTo(time: number, settled: () => Promise<void>): Promise<void> {
    for (let next = this.#queue.peek(); next !== undefined && next.at <= time; next = this.#queue.peek()) {
      this.#queue.pop();
      if (next.run === undefined) continue;
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled();
    }
    this.#now = Math.max(this.#now, time);
  }
}
