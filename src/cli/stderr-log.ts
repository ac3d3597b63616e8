import { BoundedStream } from '../observe/bounded-stream.js';
import { linesOf } from '../observe/lines.js';
import { createLog, type Log } from '../observe/log.js';

/** A log for commands that use the daemon's parts, as text on stderr. */
export function stderrLog(level: 'error' | 'warn'): Log {
  const lines = linesOf({ format: 'pretty', prefixes: false });
  return createLog({ level, values: false, lines, sink: new BoundedStream({ target: process.stderr, lines }) });
}
