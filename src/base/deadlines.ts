import TinyQueue from 'tinyqueue';
import type { Clock, Timer } from './clock.js';

/** A promise to run something at a time; may be moved or cancelled until it has run. */
export interface Deadline {
  /** Moves it to another time (clock's `now`, ms); revives it when it has run or was cancelled. */
  moveTo(at: number): void;
  cancel(): void;
}

interface Slot {
  at: number;
  entry: Entry;
}

interface Entry {
  due: number | undefined;
  /** The earliest slot that stands in the heap for it; later moves need no second one. */
  queuedAt: number | undefined;
  run: () => void;
}

/** The heap is swept when it is larger than this and has doubled since the last sweep: so sweeping costs little per deadline. */
const leastSwept = 64;

const sooner = (a: Slot, b: Slot): number => a.at - b.at;

/**
 * One timer for all deadlines of the process: a binary heap in front of a single clock timer.
 * Moving a deadline to a later time costs nothing until its old slot comes up, which is what debouncing does most.
 */
export class Deadlines {
  readonly #clock: Clock;
  #heap = new TinyQueue<Slot>([], sooner);
  #sweepAbove = leastSwept;
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #running = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A deadline that is not set yet: `moveTo` sets it. */
  idle(run: () => void): Deadline {
    const entry: Entry = { due: undefined, queuedAt: undefined, run };
    const moveTo = (time: number): void => {
      entry.due = time;
      this.#enqueue(entry);
    };
    return {
      moveTo,
      cancel: () => {
        entry.due = undefined;
      },
    };
  }

  /** Runs `run` once the clock's `now` reaches `at` (ms). */
  at(at: number, run: () => void): Deadline {
    const deadline = this.idle(run);
    deadline.moveTo(at);
    return deadline;
  }

  /** Runs `run` once `delay` ms have passed. */
  after(delay: number, run: () => void): Deadline {
    return this.at(this.#clock.now() + delay, run);
  }

  /** Resolves once `delay` ms have passed, or as soon as `signal` is aborted. */
  pause(delay: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        deadline.cancel();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const deadline = this.after(delay, finish);
      if (signal?.aborted === true) finish();
      else signal?.addEventListener('abort', finish);
    });
  }

  /** Drops all that is waiting. */
  clear(): void {
    for (let slot = this.#heap.pop(); slot !== undefined; slot = this.#heap.pop()) {
      slot.entry.due = undefined;
      slot.entry.queuedAt = undefined;
    }
    this.#timer?.cancel();
    this.#timerAt = Infinity;
  }

  #enqueue(entry: Entry): void {
    const { due } = entry;
    if (due === undefined || (entry.queuedAt !== undefined && entry.queuedAt <= due)) return;
    entry.queuedAt = due;
    this.#heap.push({ at: due, entry });
    if (this.#heap.length > this.#sweepAbove) this.#sweep();
    if (!this.#running) this.#arm();
  }

  /** Frees what was cancelled: with minutes to go it would hold on to all that its `run` knows. */
  #sweep(): void {
    const live = this.#heap.data.filter(({ at, entry }) => {
      if (entry.queuedAt !== at) return false;
      if (entry.due === undefined) entry.queuedAt = undefined;
      return entry.due !== undefined;
    });
    this.#heap = new TinyQueue(live, sooner);
    this.#sweepAbove = Math.max(leastSwept, 2 * live.length);
  }

  #arm(): void {
    const next = this.#heap.peek();
    if (next === undefined || next.at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = next.at;
    this.#timer = this.#clock.after(next.at - this.#clock.now(), () => {
      this.#timerAt = Infinity;
      this.#runDue();
    });
  }

  #runDue(): void {
    this.#running = true;
    const now = this.#clock.now();
    try {
      for (let next = this.#heap.peek(); next !== undefined && next.at <= now; next = this.#heap.peek()) {
        this.#heap.pop();
        this.#settle(next, now);
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  #settle({ at, entry }: Slot, now: number): void {
    if (entry.queuedAt !== at) return;
    entry.queuedAt = undefined;
    if (entry.due === undefined) return;
    if (entry.due > now) {
      this.#enqueue(entry);
      return;
    }
    entry.due = undefined;
    entry.run();
  }
}
