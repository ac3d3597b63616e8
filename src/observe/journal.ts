import { LRUCache } from 'lru-cache';
import type { LogEventName } from './log-events.js';
import type { LogFields, LogLevel } from './log-level.js';
import type { Log } from './log.js';

/** Entries of one conversation: how it began, and how it goes. */
const keptFirst = 20;
const keptNewest = 180;

/** Entries of all conversations: 100,000 `write.applied` take 50 MB (measured); a refusal with its body takes up to three times as much. */
const mostEntries = 100_000;

/** One thing that happened to a conversation, under the name that it has in the log. */
export interface JournalEntry {
  /** Wall time, ms since the epoch. */
  at: number;
  event: LogEventName;
  /** The log line's fields, without the conversation's id. */
  fields: LogFields;
  /** Set where several events in a row are told by this one entry. */
  folded?: Folded;
}

/** What is kept of events that follow each other with nothing between them: the entry itself is the first one. */
interface Folded {
  count: number;
  /** When the last one came; wall time, ms since the epoch. */
  lastAt: number;
  /** The last that was newer; versions go from the entry's to this one's. */
  newest: Record<string, unknown>;
  /** How many there were of each outcome. */
  outcomes: Record<string, number>;
}

/** What is known of one conversation, oldest first. */
export interface Story {
  first: readonly JournalEntry[];
  /** Entries between `first` and `newest` that were dropped. */
  dropped: number;
  newest: readonly JournalEntry[];
}

interface Kept extends Story {
  first: JournalEntry[];
  newest: JournalEntry[];
}

/** The story of each conversation, as the log tells it at its finest level; bounded for each, and over all by forgetting whole ones. */
export class Journal {
  readonly #clock: { wall(): number };
  readonly #stories: LRUCache<string, Kept>;

  /** @param deps.most entries over all conversations; at least as many as one may have, 200 */
  constructor({ clock, most = mostEntries }: { clock: { wall(): number }; most?: number }) {
    this.#clock = clock;
    this.#stories = new LRUCache({ maxSize: most });
  }

  /** @param line the log line's fields, with or without the conversation's id */
  record(conversationId: string, event: LogEventName, line: LogFields): void {
    const at = this.#clock.wall();
    const kept = this.#stories.get(conversationId) ?? { first: [], dropped: 0, newest: [] };
    const last = kept.newest.at(-1) ?? kept.first.at(-1);
    if (event === 'conversation.changed' && last?.event === event) {
      fold(last, at, line);
      return;
    }
    const fields = Object.fromEntries(Object.entries(line).filter(([key]) => key !== 'conversationId'));
    if (kept.first.length < keptFirst) kept.first.push({ at, event, fields });
    else kept.newest.push({ at, event, fields });
    if (kept.newest.length > keptNewest) {
      kept.newest.shift();
      kept.dropped += 1;
    }
    // the cache counts anew only what is not the same object
    this.#stories.set(conversationId, { ...kept }, { size: kept.first.length + kept.newest.length });
  }

  /** Undefined if nothing is known of it. */
  of(conversationId: string): Story | undefined {
    return this.#stories.get(conversationId);
  }

  /** Entries that are kept, and of how many conversations. */
  get size(): { entries: number; conversations: number } {
    return { entries: this.#stories.calculatedSize, conversations: this.#stories.size };
  }
}

/** In place: events come by the hundred thousand, and what each of them left behind would get old with its conversation. */
function fold(entry: JournalEntry, at: number, line: LogFields): void {
  const { fields } = entry;
  const folded = (entry.folded ??= { count: 1, lastAt: at, newest: fields, outcomes: { [String(fields['outcome'])]: 1 } });
  const outcome = String(line['outcome']);
  folded.count += 1;
  folded.lastAt = at;
  folded.outcomes[outcome] = (folded.outcomes[outcome] ?? 0) + 1;
  if (outcome !== 'newer') return;
  // the entry's own fields are those of the first event
  if (folded.newest === fields) folded.newest = { ...fields };
  for (const key in line) if (key !== 'conversationId' && line[key] !== folded.newest[key]) folded.newest[key] = line[key];
}

/** A log that also keeps in the journal, whatever the log's level, each line that concerns one conversation. */
export function withJournal(log: Log, journal: Journal): Log {
  const write =
    (level: LogLevel): Log[LogLevel] =>
    (event, message, fields = {}) => {
      const given = typeof fields === 'function' ? fields() : fields;
      const { conversationId } = given;
      if (typeof conversationId === 'string') journal.record(conversationId, event, given);
      log[level](event, message, given);
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
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    close: () => log.close(),
  };
}
