import type { LogFields, LogLevel } from '../../src/observe/log-level.js';
import type { Log, LogSettings } from '../../src/observe/log.js';
import type { LogEventName } from '../../src/observe/log-events.js';

export interface Line {
  level: LogLevel;
  event: LogEventName;
  message: string;
  fields: LogFields;
}

/** A log that keeps its lines for the test. */
export class RecordingLog implements Log {
  readonly lines: Line[] = [];
  values: boolean;
  readonly dropped = 0;
  readonly error = this.#writer('error');
  readonly warn = this.#writer('warn');
  readonly info = this.#writer('info');
  readonly debug = this.#writer('debug');

  constructor({ values = false } = {}) {
    this.values = values;
  }

  configure({ values }: LogSettings): void {
    this.values = values;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Fields of the lines of one event, oldest first. */
  of(event: LogEventName): LogFields[] {
    return this.lines.filter((line) => line.event === event).map(({ fields }) => fields);
  }

  /** All that was logged, as text: to look for what must not be there. */
  get text(): string {
    return JSON.stringify(this.lines);
  }

  #writer(level: LogLevel): Log['info'] {
    return (event, message, fields = {}) => {
      this.lines.push({ level, event, message, fields: typeof fields === 'function' ? fields() : fields });
    };
  }
}
