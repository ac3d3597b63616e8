/** What own writes did in one conversation; only there is one where something was written or wished. */
export interface OwnWrites {
  /** Those that were answered as taken. */
  count: number;
  /** When a wish or write last concerned it, and when one was last answered as taken (clock's ms). */
  lastConcern: number;
  lastTaken: number;
  /** By participant: since anybody else was last known to write. */
  written: Map<string, Readonly<Record<string, string>>>;
  /** Participant → key → what was set last, and which write that was. */
  values: Map<string, Map<string, { value: string; write: number }>>;
}

export function noWrites(): OwnWrites {
  return { count: 0, lastConcern: -Infinity, lastTaken: -Infinity, written: new Map(), values: new Map() };
}
