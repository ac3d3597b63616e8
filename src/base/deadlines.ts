import type { Clock, Timer } from './clock.js';
import { Slots, type Slot, type Waiting } from './slots.js';

/** A promise to run something at a time; may be moved or cancelled until it has run. */
export interface Deadline {
  /** Moves it to another time (clock's `now`, ms); revives it when it has run or was cancelled. */
  moveTo(at: number): void;
  cancel(): void;
}

/** A deadline; while it is set it waits in the slot of its time, or in an earlier one. */
class Entry implements Deadline, Waiting<Entry> {
  due = 0;
  slot: Slot<Entry> | undefined;
  before: Entry | undefined;
  behind: Entry | undefined;
  readonly run: () => void;
  readonly #deadlines: { slots: Slots<Entry>; arm: () => void };

  constructor(run: () => void, deadlines: { slots: Slots<Entry>; arm: () => void }) {
    this.run = run;
    this.#deadlines = deadlines;
  }

  moveTo(at: number): void {
    // up, so that none runs early
    this.due = Math.ceil(at);
    if (this.slot !== undefined && this.slot.time <= this.due) return;
    const { slots, arm } = this.#deadlines;
    slots.leave(this);
    slots.enter(this, this.due);
    arm();
  }

  cancel(): void {
    this.#deadlines.slots.leave(this);
  }
}

/**
 * One timer for all deadlines of the process: those of one millisecond wait in one slot, and a heap of the slots stands in
 * front of a single clock timer (a heap of all deadlines took 2.6 times the CPU: test/bench/timers.ts).
 * Moving a deadline to a later time costs nothing until its old slot comes up, which is what debouncing does most.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots = new Slots<Entry>();
  readonly #entries = {
    slots: this.#slots,
    arm: (): void => {
      if (!this.#running) this.#arm();
    },
  };
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #running = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A deadline that is not set yet: `moveTo` sets it. */
  idle(run: () => void): Deadline {
    return new Entry(run, this.#entries);
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
    this.#slots.clear();
    this.#timer?.cancel();
    this.#timerAt = Infinity;
  }

  #arm(): void {
    const next = this.#slots.first();
    if (next === undefined || next.time >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = next.time;
    this.#timer = this.#clock.after(next.time - this.#clock.now(), () => {
      this.#timerAt = Infinity;
      this.#runDue();
    });
  }

  #runDue(): void {
    this.#running = true;
    const now = this.#clock.now();
    try {
      for (let slot = this.#slots.first(); slot !== undefined && slot.time <= now; slot = this.#slots.first())
        while (slot.first !== undefined) this.#settle(slot.first, now);
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  #settle(entry: Entry, now: number): void {
    this.#slots.leave(entry);
    if (entry.due > now) this.#slots.enter(entry, entry.due);
    else entry.run();
  }
}
