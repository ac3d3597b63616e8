import { z } from 'zod';

const entrySchema = z.looseObject({
  timestamp: z.string(),
  level: z.enum(['error', 'warn', 'info', 'debug']),
  event: z.string(),
  message: z.string(),
});

/** A line of the daemon's log (design.md §5). */
export type Entry = z.output<typeof entrySchema>;

/** A line of text as an entry, also behind syslog's `<N>`; undefined if it is something else. */
export function entryOf(line: string): Entry | undefined {
  const json = /^<\d>\{/.test(line) ? line.slice(3) : line;
  if (!json.startsWith('{')) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** A field that is a text or a number, as text; empty if it is not. */
export function textOf(entry: Entry, field: string): string {
  const value = entry[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A field that is a number; undefined if it is not. */
export function numberOf(entry: Entry, field: string): number | undefined {
  const value = entry[field];
  return typeof value === 'number' ? value : undefined;
}

/** A field that is a list, as texts; empty if it is not. */
export function listOf(entry: Entry, field: string): string[] {
  const value = entry[field];
  return Array.isArray(value) ? value.map(String) : [];
}
