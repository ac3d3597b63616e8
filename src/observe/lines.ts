import type { LogEventName } from './log-events.js';
import type { LogFields, LogLevel } from './log-level.js';

/** An event as one line of text, without the line's end. */
export type Lines = (level: LogLevel, event: LogEventName, message: string, fields: LogFields) => string;

export interface LineOptions {
  format: 'json' | 'pretty';
  /** Whether each line begins with `<N>`, syslog's number of its level, which journald takes off and keeps. */
  prefixes?: boolean;
}

/** journald splits lines over 48 KiB (operations.md), prefix and end counted. */
const longestLine = 48 * 1024 - 4;

/** What is left of a text that was cut, in characters: enough to know it by. */
const leftOfText = 1_000;

/** Numbers of sd-daemon(3). */
const priorities: Record<LogLevel, number> = { error: 3, warn: 4, info: 6, debug: 7 };

/**
 * Makes lines of at most 48 KiB. A field that is too long is cut, and `cut` tells how many bytes it had: a text keeps its
 * beginning, another value is left out.
 */
export function linesOf({ format, prefixes = false }: LineOptions): Lines {
  return (level, event, message, fields) => {
    const timestamp = new Date().toISOString();
    const line = (text: string, rest: LogFields): string =>
      `${prefixes ? `<${priorities[level]}>` : ''}${
        format === 'json'
          ? JSON.stringify({ timestamp, level, event, message: text, ...rest })
          : pretty(timestamp, level, event, text, rest)
      }`;
    const whole = line(message, fields);
    if (Buffer.byteLength(whole) <= longestLine) return whole;
    const shorter = line(message, shortened(fields, Buffer.byteLength(whole) - longestLine));
    if (Buffer.byteLength(shorter) <= longestLine) return shorter;
    return line(`${message.slice(0, leftOfText)}…`, { cut: { all: Buffer.byteLength(whole) } });
  };
}

/** Cuts the longest fields until at least `excess` bytes are saved, and what `cut` itself takes. */
function shortened(fields: LogFields, excess: number): LogFields {
  const cut: Record<string, number> = {};
  const kept = { ...fields };
  let over = excess;
  for (const { name, bytes } of Object.keys(fields)
    .map((key) => ({ name: key, bytes: sizeOf(fields[key]) }))
    .sort((a, b) => b.bytes - a.bytes)) {
    if (over <= 0) break;
    const value = fields[name];
    kept[name] = typeof value === 'string' && value.length > leftOfText ? `${value.slice(0, leftOfText)}…` : undefined;
    cut[name] = bytes;
    over -= bytes - sizeOf(kept[name]) - sizeOf({ cut: { [name]: bytes } });
  }
  return { ...kept, cut };
}

function sizeOf(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

function pretty(timestamp: string, level: LogLevel, event: string, message: string, fields: LogFields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? oneLine(value) : JSON.stringify(value)}`)
    .join('');
  return `${timestamp} ${level.padEnd(5)} ${event}: ${oneLine(message)}${rest}`;
}

/** A text that would break the line, or that a terminal would act on, as JSON has it. */
function oneLine(text: string): string {
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : text;
}
