import { LEVEL, MESSAGE } from 'triple-beam';
import winston from 'winston';
import { BoundedStream } from './bounded-stream.js';
import type { LogEventName } from './log-events.js';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

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
  /** Resolves when all lines are handed to the operating system. */
  close(): Promise<void>;
}

export interface LogSettings {
  /** The least that is logged. */
  level: LogLevel;
  values: boolean;
}

export interface LogOptions extends LogSettings {
  format: 'json' | 'pretty';
  stream: NodeJS.WritableStream;
}

const rank: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** journald splits lines over 48 KiB (operations.md). */
const longestLine = 48 * 1024 - 1;

/** A log over winston that writes to `stream`, bounded: a reader that is too slow costs lines, never memory. */
export function createLog({ level, format, values, stream }: LogOptions): Log {
  const logger = winston.createLogger({
    // what is logged is decided below, where it costs nothing
    level: 'debug',
    levels: rank,
    format: winston.format((info) => {
      const { level: lineLevel, event, message, fields } = info as unknown as Line;
      const timestamp = new Date().toISOString();
      const line = (rest: LogFields): string =>
        format === 'json'
          ? JSON.stringify({ timestamp, level: lineLevel, event, message, ...rest })
          : pretty(timestamp, lineLevel, event, message, rest);
      const whole = line(fields);
      return {
        level: lineLevel,
        message,
        [LEVEL]: lineLevel,
        [MESSAGE]: Buffer.byteLength(whole) > longestLine ? line({ truncated: true }) : whole,
      };
    })(),
  });
  const bounded = new BoundedStream(stream);
  logger.add(new winston.transports.Stream({ stream: bounded, eol: '\n' }));
  const settings = { level, values };
  let closed = false;
  const writer =
    (lineLevel: LogLevel): Write =>
    (event, message, fields = {}) => {
      if (rank[lineLevel] > rank[settings.level] || closed) return;
      logger.write({ level: lineLevel, [LEVEL]: lineLevel, event, message, fields: typeof fields === 'function' ? fields() : fields });
    };
  return {
    get values() {
      return settings.values;
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
          bounded.end(() => {
            stream.write('', () => {
              resolve();
            });
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

function pretty(timestamp: string, level: LogLevel, event: string, message: string, fields: LogFields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  return `${timestamp} ${level.padEnd(5)} ${event}: ${message}${rest}`;
}
