/** What own writes set in one conversation. */
export interface OwnWrites {
  /** By participant: since anybody else was last known to write. */
  written: Map<string, Readonly<Record<string, string>>>;
  /** Participant → key → what was set last, and which write that was. */
  values: Map<string, Map<string, { value: string; write: number }>>;
}

export function noWrites(): OwnWrites {
  return { written: new Map(), values: new Map() };
}
