import { z } from 'zod';
import { durationPattern, parseDuration, parseSize, sizePattern } from './units.js';

/**
 * When a changed field takes effect: at once, with a new channel, or only with a new process.
 * It stands in the schema's metadata, so that `check --explain` and the JSON schema can show it.
 */
export type ReloadClass = 'live' | 'reconnect' | 'restart';

interface Described {
  reload: ReloadClass;
  description: string;
}

/** Attaches reload class and description; the default's meaning is the description's business. */
export function field<T extends z.ZodType>(schema: T, reload: ReloadClass, description: string): T {
  return schema.meta({ reload, description } satisfies Described);
}

/** A duration with a unit, given on as milliseconds. */
export const duration = (expectation = 'a duration with a unit, such as 150ms, 2s, 30m or 24h'): z.ZodType<number, string> =>
  z
    .string({ error: `expected ${expectation}` })
    .regex(durationPattern, { error: `expected ${expectation}`, abort: true })
    .transform((text) => parseDuration(text) ?? 0);

/** A size with a unit, given on as bytes. */
export const size = (): z.ZodType<number, string> =>
  z
    .string({ error: 'expected a size with a unit, such as 512MiB or 1GiB' })
    .regex(sizePattern, { error: 'expected a size with a unit, such as 512MiB or 1GiB', abort: true })
    .transform((text) => parseSize(text) ?? 0);

/** A whole number within bounds. */
export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER): z.ZodNumber => {
  const error = `expected a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

/** Text that is not empty. */
export const text = (expectation: string): z.ZodString =>
  z.string({ error: `expected ${expectation}` }).min(1, { error: `expected ${expectation}` });

/** One of some words. */
export const oneOf = <const T extends readonly [string, ...string[]]>(words: T): z.ZodType<T[number], T[number]> =>
  z.enum(words, { error: `expected one of ${words.join(', ')}` });

export const flag = (): z.ZodBoolean => z.boolean({ error: 'expected true or false' });
