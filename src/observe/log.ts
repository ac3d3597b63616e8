import { LEVEL, MESSAGE } from 'triple-beam';
import winston from 'winston';
import type { Lines } from './lines.js';
import type { LogEventName } from './log-events.js';
import { levelRank, type LogFields, type LogLevel } from './log-level.js';
import type { LogSink } from './log-sink.js';

/** Fields may be given as a function, which is called only if the level is on. */
type Write = (event: LogEventName, message: string, fields?: LogFields | (() => LogFields)) => void;

/**
 * The daemon's log: one line an event (design.md §5). Never hand it an error of an HTTP library (it carries the
 * Authorization header) nor attribute values, unless `values` is true.
 */
export interface Log extends Record<LogLevel, Write> {
  /** Whether attribute values may be shown (`log.values`). */
  readonly values: boolean;
  /** Counts from the next line on. */
  configure(settings: LogSettings): void;
  /** Lines dropped since the start: nobody read them, or the disk did not take them. */
  readonly dropped: number;
  /** Resolves when all lines are handed to the operating system. */
  close(): Promise<void>;
}

export interface LogSettings {
  /** The least that is logged. */
  level: LogLevel;
  values: boolean;
}

export interface LogOptions extends LogSettings {
  /** Makes the lines. */
  lines: Lines;
  /** Takes them; the log ends it. */
  sink: LogSink;
}

/** A log over winston; a sink that is too slow costs lines, never memory. */
export function createLog({ level, values, lines, sink }: LogOptions): Log {
  const logger = winston.createLogger({
    // what is logged is decided below, where it costs nothing
    level: 'debug',
    levels: levelRank,
    format: winston.format((info) => {
      const { level: lineLevel, event, message, fields } = info as unknown as Line;
      return { level: lineLevel, message, [LEVEL]: lineLevel, [MESSAGE]: lines(lineLevel, event, message, fields) };
    })(),
  });
  logger.add(new winston.transports.Stream({ stream: sink, eol: '\n' }));
  const settings = { level, values };
  let closed = false;
  const writer =
    (lineLevel: LogLevel): Write =>
    (event, message, fields = {}) => {
      if (levelRank[lineLevel] > levelRank[settings.level] || closed) return;
      logger.write({ level: lineLevel, [LEVEL]: lineLevel, event, message, fields: typeof fields === 'function' ? fields() : fields });
    };
  return {
    get values() {
      return settings.values;
    },
    get dropped() {
      return sink.dropped;
    },
    configure: (next) => {
      Object.assign(settings, { level: next.level, values: next.values });
    },
    error: writer('error'),
    warn: writer('warn'),
    info: writer('info'),
    debug: writer('debug'),
    close: () =>
      new Promise((resolve) => {
        closed = true;
        logger.on('finish', () => {
          sink.end(() => {
            resolve();
          });
        });
        logger.end();
      }),
  };
}

interface Line {
  level: LogLevel;
  event: LogEventName;
  message: string;
  fields: LogFields;
}
