/** What may be done about a failure: at once, after a while, or never (the same request will fail again). */
export type Retry = 'now' | 'after' | 'never';

/**
 * Base of every error that this program raises on purpose.
 * The message says what happened, what it means and what to do; `code` is stable and may be matched.
 */
export abstract class AttributedError extends Error {
  abstract readonly code: string;
  abstract readonly retry: Retry;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The message of anything that was thrown, on one line, without its stack. */
export function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\s*\n\s*/g, ' ');
}
