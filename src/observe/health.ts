import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';

/** Says why something is not well, or undefined if it is. */
export type Check = () => string | undefined;

/** The answer to "is it well?", with every reason if not. */
export interface Health {
  ok: boolean;
  reasons: string[];
}

export function healthOf(checks: readonly Check[]): Health {
  const reasons = checks.map((check) => check()).filter((reason) => reason !== undefined);
  return { ok: reasons.length === 0, reasons };
}

/** How often the event loop's lag is measured, in ms. */
const interval = 500;

/** The event loop lags so far behind, in ms, that the daemon makes no progress worth the name. */
const mostLag = 5_000;

/** Measures how late timers are: the event loop's lag. */
export class LoopLag {
  /** Of the last measurement, in ms. */
  ms = 0;
  readonly #deadline: Deadline;

  constructor({ clock, deadlines }: { clock: Clock; deadlines: Deadlines }) {
    let due = clock.now() + interval;
    this.#deadline = deadlines.at(due, () => {
      this.ms = Math.max(0, clock.now() - due);
      due = clock.now() + interval;
      this.#deadline.moveTo(due);
    });
  }

  readonly check: Check = () => (this.ms > mostLag ? `the event loop was ${Math.round(this.ms)} ms late` : undefined);

  stop(): void {
    this.#deadline.cancel();
  }
}
