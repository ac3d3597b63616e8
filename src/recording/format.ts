import { z } from 'zod';
import { AttributedError } from '../base/errors.js';

/** The format that this version writes and reads. */
export const format = 1;

const headerSchema = z.object({
  /** Version of the program that wrote it. */
  attributed: z.string(),
  format: z.literal(format),
  /** Wall time at which `ms` is 0, ISO 8601. */
  started: z.iso.datetime(),
  topics: z.array(z.string()),
  /** Whether attribute values were replaced by digests. */
  masked: z.boolean(),
});

/** The first line of a recording. */
export type Header = z.output<typeof headerSchema>;

const moment = { at: z.string(), ms: z.number().min(0) };
const entrySchema = z.union([
  z.object({ ...moment, channel: z.string(), frame: z.unknown().refine((frame): boolean => frame !== undefined) }),
  z.object({ ...moment, channel: z.string(), text: z.union([z.string(), z.int()]) }),
  z.object({ ...moment, gap: z.literal(true) }),
]);

/**
 * Each further line: a frame by its JSON, a frame that is none (its text, or only its length where values are masked), or
 * a gap: events may have been missed. `at` is wall time, `ms` the time since the start, `channel` a name as in the log.
 */
export type Entry = z.output<typeof entrySchema>;

/** A recording that cannot be written or read; the message says which file, and what to do. */
export class RecordingUnusable extends AttributedError {
  readonly code = 'recording.unusable';
  readonly retry = 'never';
}

/** A value as one line. A line of NDJSON may hold U+2028 and U+2029, which many readers take for its end. */
export function lineOf(value: Header | Entry): string {
  return `${JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;
}

/** The header in a file's first line. Throws `RecordingUnusable`. */
export function parseHeader(file: string, line: string): Header {
  const json = jsonOf(line);
  const kind = z.object({ attributed: z.string(), format: z.int() }).safeParse(json);
  if (!kind.success) throw new RecordingUnusable(`${file} is no recording: its first line is not the header that attributed record writes`);
  if (kind.data.format > format)
    throw new RecordingUnusable(
      `${file} is of format ${kind.data.format}, written by attributed ${kind.data.attributed}; this version reads format ${format}: use a newer attributed`,
    );
  const header = headerSchema.safeParse(json);
  if (!header.success)
    throw new RecordingUnusable(
      `${file}: the header in line 1 is broken: ${header.error.issues[0]?.path.join('.') ?? ''} is not as expected`,
    );
  return header.data;
}

/** The entry in a line, or what is wrong with it. */
export function parseEntry(line: string): Entry | { fault: string } {
  const json = jsonOf(line);
  if (json === undefined) return { fault: 'not JSON' };
  const entry = entrySchema.safeParse(json);
  return entry.success ? entry.data : { fault: 'no frame, text or gap with its time' };
}

/** Undefined for what is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
