import type { LogFields } from '../../src/observe/log-level.js';
import type { Log } from '../../src/observe/log.js';
import type { LogEventName } from '../../src/observe/log-events.js';

/** A log that only counts, for runs in which kept lines would count as memory. */
export class CountingLog implements Log {
  readonly values = false;
  readonly dropped = 0;
  readonly counts = new Map<LogEventName, number>();
  readonly error = this.#count.bind(this);
  readonly warn = this.#count.bind(this);
  readonly info = this.#count.bind(this);
  readonly debug = this.#count.bind(this);
  readonly #onDead: (fields: LogFields) => void;

  /** @param onDead is told of each wish that is given up */
  constructor(onDead: (fields: LogFields) => void = () => undefined) {
    this.#onDead = onDead;
  }

  count(event: LogEventName): number {
    return this.counts.get(event) ?? 0;
  }

  configure(): void {
    // it shows nothing anyway
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #count(event: LogEventName, _: string, fields: LogFields | (() => LogFields) = {}): void {
    this.counts.set(event, this.count(event) + 1);
    if (event === 'intent.dead') this.#onDead(typeof fields === 'function' ? fields() : fields);
  }
}
