/**
 * Watches what a client was told and what it sends, and counts writes whose ETag the client already knew to be stale.
 * Versions are numbers here, as the simulator tells them.
 */
export class Auditor {
  knownStale = 0;
  readonly #newest = new Map<string, number>();

  /** The client was told this version of a conversation, by an event or an answer. */
  told(conversationId: string, version: unknown): void {
    if (typeof version !== 'number' || Number.isNaN(version)) return;
    this.#newest.set(conversationId, Math.max(version, this.#newest.get(conversationId) ?? 0));
  }

  /** The client sends a write with this ETag. */
  sends(conversationId: string, etag: string): void {
    if (versionOf(etag) < (this.#newest.get(conversationId) ?? 0)) this.knownStale += 1;
  }
}

/** `"7"` → 7; NaN for anything else. */
export function versionOf(etag: unknown): number {
  return typeof etag === 'string' ? Number(/^"(\d+)"$/.exec(etag)?.[1]) : NaN;
}
