import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { healthOf, type Check } from './health.js';
import type { Notify } from './notify.js';

/** While it starts, the service manager is asked for more time so often, and for so much, in ms. */
const starting = { interval: 10_000, more: 60_000 };

/** What did not go well is looked at again after so long, in ms: one late turn of the event loop must not cost a whole interval. */
const again = 1_000;

/** Whether it is ready is looked at so often, in ms; a line that tells of figures alone is renewed as often as `figures`. */
const looks = { ready: 2_000, figures: 10_000 };

export interface HeartbeatDeps {
  clock: Clock;
  deadlines: Deadlines;
  notify: Notify;
  /** Is it alive and making progress? As `/healthz` asks. */
  alive: readonly Check[];
  /** Why it is not able to do its job: as `/readyz` says. */
  notReady: () => readonly string[];
  /** One line that says how it goes. */
  line: () => string;
  /** The service manager kills it when it heard nothing for so long, in ms; undefined if it does not watch. */
  watchdog: number | undefined;
}

/**
 * Tells the service manager how the daemon goes, again and again: that it makes progress (more time to start, then the
 * watchdog), and a line when it has changed. Both go on while the platform is away: an outage is nothing that a restart mends.
 */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  readonly #progress: Deadline;
  readonly #look: Deadline;
  #stage: 'starting' | 'ready' | 'stopping' = 'starting';
  #told = { at: -Infinity, line: '', reasons: '' };

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
    const { deadlines } = deps;
    this.#progress = deadlines.after(0, () => {
      this.#beat();
    });
    this.#look = deadlines.after(0, () => {
      this.#tell();
    });
  }

  /** It does its job for the first time. */
  ready(): void {
    this.#stage = 'ready';
    this.#deps.notify.ready();
    this.#beat();
    this.#tell();
  }

  /** Runs a reload, and has the service manager know how long it takes. Before it is ready, a reload is a part of the start. */
  reload<T>(run: () => T): T {
    const { notify } = this.#deps;
    const told = this.#stage === 'ready';
    if (told) notify.reloading();
    const result = run();
    if (told) notify.ready();
    this.#tellNow();
    return result;
  }

  /** It ends, within `ms`. */
  stopping(ms: number): void {
    // what was asked for the start must not be asked for a stop: that has its end
    if (this.#stage === 'starting') this.#progress.cancel();
    this.#stage = 'stopping';
    this.#deps.notify.stopping(ms);
    this.#tellNow();
  }

  stop(): void {
    this.#progress.cancel();
    this.#look.cancel();
  }

  #beat(): void {
    const { clock, notify, alive, watchdog } = this.#deps;
    const { ok } = healthOf(alive);
    let interval = starting.interval;
    if (this.#stage === 'starting') {
      if (ok) notify.extend(starting.more);
    } else {
      if (watchdog === undefined) return;
      interval = watchdog / 2;
      if (ok) notify.watchdog();
    }
    this.#progress.moveTo(clock.now() + (ok ? interval : Math.min(interval, again)));
  }

  #tellNow(): void {
    this.#told.at = -Infinity;
    this.#look.moveTo(this.#deps.clock.now());
  }

  #tell(): void {
    const { clock, notify, notReady, line } = this.#deps;
    const now = clock.now();
    this.#look.moveTo(now + looks.ready);
    const reasons = notReady().join();
    if (reasons === this.#told.reasons && now - this.#told.at < looks.figures) return;
    const text = line();
    if (text !== this.#told.line) notify.status(text);
    this.#told = { at: now, line: text, reasons };
  }
}
