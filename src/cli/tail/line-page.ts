import { keysAndValues } from '../../intent/local-api/words.js';
import { hanging, lasting, plain, type Paint, type Style } from '../page.js';
import { numberOf, textOf, type Entry } from './entry.js';
import type { Story } from './stories.js';

const styles: Record<Entry['level'], { level: Style; text: Style | undefined }> = {
  error: { level: 'red', text: 'red' },
  warn: { level: 'yellow', text: 'yellow' },
  info: { level: 'green', text: undefined },
  debug: { level: 'dim', text: 'dim' },
};

/** Shown at a place of their own. */
const shownElsewhere: ReadonlySet<string> = new Set(['timestamp', 'level', 'event', 'message', 'conversationId']);

/** Ids that the platform's support asks for. */
const wholeIds: ReadonlySet<string> = new Set(['correlationId']);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface Look {
  paint: Paint;
  /** Columns of the terminal; infinite for one line an entry, however long. */
  width: number;
}

/** An entry: time (UTC), level, event, the beginning of the conversation's id, message, fields. */
export function entryLines(entry: Entry, { paint, width }: Look): string[] {
  const time = timeOf(entry);
  const head = `${time} ${entry.level.padEnd(5)} `;
  const { level, text } = styles[entry.level];
  const event = plain(entry.event);
  const words = [event, shortOf(textOf(entry, 'conversationId')), `${entry.message}${repeatedOf(entry)}`, ...fieldsOf(entry)];
  const [first = '', ...others] = hanging(head, words.filter((word) => word !== '').join(' '), undefined, width);
  const painted = (line: string): string => (text === undefined ? line : paint(text, line));
  return [
    `${paint('dim', time)} ${paint(level, entry.level.padEnd(5))} ${paint('bold', event)}${painted(first.slice(head.length + event.length))}`,
    ...others.map(painted),
  ];
}

/** The end of a story: `call 3f0c12ab tier=gold → written in 212 ms, 1 conflict`. */
export function storyLines(entry: Entry, { words, style }: Story, { paint, width }: Look): string[] {
  const head = `${timeOf(entry)} call  `;
  const [first = '', ...others] = hanging(head, `${shortOf(textOf(entry, 'conversationId'))} ${words}`, undefined, width);
  return [`${paint('dim', timeOf(entry))} ${paint(style, first.slice(head.length - 6))}`, ...others.map((line) => paint(style, line))];
}

/** The day of an entry, for a line above the first of each. */
export function dayOf({ timestamp }: Entry): string {
  return plain(timestamp.slice(0, 10));
}

function timeOf({ timestamp }: Entry): string {
  return plain(timestamp.slice(11, 23)).padEnd(12);
}

/** The beginning of an id: enough to tell calls apart, and for `--conversation`. */
function shortOf(id: string): string {
  return id.slice(0, 8);
}

/** Of a line that stands for others: how many. */
function repeatedOf(entry: Entry): string {
  const times = numberOf(entry, 'repeated');
  return times === undefined ? '' : ` (${times} more within ${lasting(numberOf(entry, 'forMs') ?? 0)})`;
}

function fieldsOf(entry: Entry): string[] {
  const hidden = new Set([
    ...(entry['repeated'] === undefined ? [] : ['repeated', 'forMs']),
    // values have their keys beside them
    ...(entry['attributes'] === undefined ? [] : ['keys']),
  ]);
  return Object.entries(entry)
    .filter(([name]) => !shownElsewhere.has(name) && !hidden.has(name))
    .map(([name, value]) =>
      name === 'attributes' ? keysAndValues(value).join(' ') : `${name}=${wholeIds.has(name) ? String(value) : shown(value)}`,
    );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return uuid.test(value) ? shortOf(value) : /^[^\s=]+$/.test(value) ? value : JSON.stringify(value);
  return Array.isArray(value) ? value.map(shown).join(',') : JSON.stringify(value);
}
