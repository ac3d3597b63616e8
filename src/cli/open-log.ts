import { systemClock } from '../base/clock.js';
import { Deadlines } from '../base/deadlines.js';
import type { Config } from '../config/schema.js';
import { BoundedStream } from '../observe/bounded-stream.js';
import { FileStream } from '../observe/file-stream.js';
import { grouped } from '../observe/grouped.js';
import { linesOf } from '../observe/lines.js';
import { createLog, type Log } from '../observe/log.js';
import { isJournalStream } from './journal-stream.js';

/** The log of a config, on stdout or in `log.file`. */
export interface OpenLog {
  log: Log;
  /** What SIGHUP asks of a log: to look now whether its file was rotated. */
  reopen: () => void;
}

/** Opens the log that the config asks for. Rejects with `LogFileUnusable`. */
export async function openLog({ level, format, values, file }: Config['log']): Promise<OpenLog> {
  const clock = systemClock;
  // the daemon's own end before the last lines are written
  const deadlines = new Deadlines(clock);
  const prefixes = file === undefined && isJournalStream(process.env['JOURNAL_STREAM'], process.stdout.fd);
  const lines = linesOf({ format, prefixes });
  const toFile = file === undefined ? undefined : await FileStream.open({ path: file, clock, deadlines, lines, complain });
  const sink = toFile ?? new BoundedStream({ target: process.stdout, lines });
  const log = grouped(createLog({ level, values, lines, sink }), { clock, deadlines });
  return {
    log: {
      ...log,
      // the spread would keep what they are now
      get values() {
        return log.values;
      },
      get dropped() {
        return sink.dropped;
      },
      close: async () => {
        await log.close();
        deadlines.clear();
      },
    },
    reopen: () => {
      toFile?.reopen();
    },
  };
}

function complain(message: string): void {
  process.stderr.write(`attributed: ${message}\n`);
}
