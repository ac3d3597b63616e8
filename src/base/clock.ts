import { performance } from 'node:perf_hooks';

/** A timer that was set on a `Clock`; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as the program sees it; injected, so that tests own it. All values are milliseconds. */
export interface Clock {
  /** Monotonic time: for durations and deadlines. */
  now(): number;
  /** Wall time since the epoch: for what people read and what is stored. */
  wall(): number;
  /** Runs `run` once, at least `delay` ms from now. */
  after(delay: number, run: () => void): Timer;
}

/** Longest delay that Node's timers take; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delay, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delay), longestDelay));
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
