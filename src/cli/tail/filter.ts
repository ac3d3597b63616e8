import { levelRank, type LogLevel } from '../../observe/log-level.js';
import { logEvents } from '../../observe/log-events.js';
import { AttributedError } from '../../base/errors.js';
import { textOf, type Entry } from './entry.js';

export interface FilterOptions {
  /** The least that is shown. */
  level?: LogLevel;
  /** Names of events, with `*` for anything, and commas between them. */
  event?: string;
  /** A conversation's id, or its beginning. */
  conversation?: string;
}

/** No event can ever match: a mistake, and not a quiet log. */
export class NoSuchEvent extends AttributedError {
  readonly code = 'tail.event';
  readonly retry = 'never';
}

/** Whether an entry is shown. Throws `NoSuchEvent`. */
export function filterOf({ level = 'debug', event, conversation }: FilterOptions): (entry: Entry) => boolean {
  const isWanted = event === undefined ? (): boolean => true : eventsLike(event);
  return (entry) =>
    levelRank[entry.level] <= levelRank[level] &&
    isWanted(entry.event) &&
    (conversation === undefined || textOf(entry, 'conversationId').startsWith(conversation));
}

function eventsLike(patterns: string): (event: string) => boolean {
  const each = patterns.split(',').map((pattern) => pattern.trim());
  const wanted = new Set<string>();
  for (const pattern of each) {
    const like = new RegExp(`^${pattern.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`);
    const found = Object.keys(logEvents).filter((name) => like.test(name));
    if (found.length === 0) throw new NoSuchEvent(`no event of the log is like "${pattern}": the README lists them under "Log events"`);
    for (const name of found) wanted.add(name);
  }
  return (event) => wanted.has(event);
}
