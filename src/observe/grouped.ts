import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { logEvents, type LogEvent, type LogEventName } from './log-events.js';
import type { LogFields, LogLevel } from './log-level.js';
import type { Log } from './log.js';

/** For so long lines that are alike are one, in ms. */
const period = 10_000;

/** Groups at a time; what would be one more is written line by line. */
const mostGroups = 1_000;

export interface GroupedDeps {
  clock: Clock;
  deadlines: Deadlines;
}

interface Group {
  /** Lines after the first. */
  repeated: number;
  since: number;
  lastAt: number;
  tell: (repeated: number, forMs: number) => void;
  end: Deadline;
}

/**
 * A log that writes the first of the lines that are alike (`groupedBy` in the list of events) at once, and those that
 * follow within ten seconds as one: with the fields in which they are alike, their number (`repeated`) and the time from
 * the first to the last (`forMs`).
 */
export function grouped(log: Log, { clock, deadlines }: GroupedDeps): Log {
  const groups = new Map<string, Group>();

  const close = (key: string): void => {
    const group = groups.get(key);
    if (group === undefined) return;
    groups.delete(key);
    group.end.cancel();
    if (group.repeated > 0) group.tell(group.repeated, Math.round(group.lastAt - group.since));
  };

  /** Whether the line is one more of a group, and need not be written. */
  const isRepetition = (level: LogLevel, event: LogEventName, message: string, fields: LogFields): boolean => {
    const { groupedBy }: LogEvent = logEvents[event];
    if (groupedBy === undefined) return false;
    const alike = Object.fromEntries(groupedBy.map((name) => [name, fields[name]]));
    const key = JSON.stringify([level, event, message, alike]);
    const group = groups.get(key);
    const now = clock.now();
    if (group !== undefined) {
      group.repeated += 1;
      group.lastAt = now;
      return true;
    }
    if (groups.size < mostGroups)
      groups.set(key, {
        repeated: 0,
        since: now,
        lastAt: now,
        tell: (repeated, forMs) => {
          log[level](event, message, { ...alike, repeated, forMs });
        },
        end: deadlines.after(period, () => {
          close(key);
        }),
      });
    return false;
  };

  const writer =
    (level: LogLevel): Log[LogLevel] =>
    (event, message, fields = {}) => {
      const given = typeof fields === 'function' ? fields() : fields;
      if (!isRepetition(level, event, message, given)) log[level](event, message, given);
    };

  return {
    get values() {
      return log.values;
    },
    configure: (settings) => {
      log.configure(settings);
    },
    get dropped() {
      return log.dropped;
    },
    error: writer('error'),
    warn: writer('warn'),
    // what is not a warning is part of a story, or rare
    info: log.info,
    debug: log.debug,
    close: () => {
      for (const key of [...groups.keys()]) close(key);
      return log.close();
    },
  };
}
