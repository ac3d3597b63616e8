import { Writable } from 'node:stream';
import type { Lines } from './lines.js';
import { mostWaiting, type LogSink } from './log-sink.js';

export interface BoundedStreamDeps {
  target: NodeJS.WritableStream & { readonly writableLength?: number };
  /** Makes the line that tells what was dropped. */
  lines: Lines;
}

/**
 * A stream of lines in front of another one that drops lines (and counts them) while the other's buffer is full, and
 * says so once it drains: a log must neither block nor grow without a bound.
 */
export class BoundedStream extends Writable implements LogSink {
  dropped = 0;
  readonly #deps: BoundedStreamDeps;
  #untold = 0;

  constructor(deps: BoundedStreamDeps) {
    super({ decodeStrings: false });
    this.#deps = deps;
  }

  override _write(line: string, _: BufferEncoding, done: () => void): void {
    const { target } = this.#deps;
    if ((target.writableLength ?? 0) > mostWaiting) {
      this.dropped += 1;
      this.#untold += 1;
    } else {
      this.#tellDropped();
      target.write(line);
    }
    done();
  }

  /** Ends when the other stream has handed all to the operating system; it stays open. */
  override _final(done: () => void): void {
    this.#tellDropped();
    this.#deps.target.write('', () => {
      done();
    });
  }

  #tellDropped(): void {
    if (this.#untold === 0) return;
    const { target, lines } = this.#deps;
    target.write(`${lines('warn', 'log.dropped', 'the log was read too slowly: lines were dropped', { lines: this.#untold })}\n`);
    this.#untold = 0;
  }
}
