import { Writable } from 'node:stream';
import type { LogEventName } from './log-events.js';

/** What may wait for a slow reader of the log, in bytes: some ten thousand lines. */
const mostWaiting = 8 * 1024 * 1024;

/**
 * A stream of lines in front of another one that drops lines (and counts them) while the other's buffer is full, and
 * says so once it drains: a log must neither block nor grow without a bound.
 */
export class BoundedStream extends Writable {
  readonly #target: NodeJS.WritableStream & { readonly writableLength?: number };
  #dropped = 0;

  constructor(target: NodeJS.WritableStream) {
    super({ decodeStrings: false });
    this.#target = target;
  }

  override _write(line: string, _: BufferEncoding, done: () => void): void {
    if ((this.#target.writableLength ?? 0) > mostWaiting) {
      this.#dropped += 1;
    } else {
      if (this.#dropped > 0) this.#tellDropped();
      this.#target.write(line);
    }
    done();
  }

  override _final(done: () => void): void {
    if (this.#dropped > 0) this.#tellDropped();
    done();
  }

  #tellDropped(): void {
    const event: LogEventName = 'log.dropped';
    const message = 'the log was read too slowly: lines were dropped';
    this.#target.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level: 'warn', event, message, lines: this.#dropped })}\n`);
    this.#dropped = 0;
  }
}
