import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { deferred } from '../base/deferred.js';
import { messageOf } from '../base/errors.js';
import { RecordingUnusable } from './format.js';

/** What may wait for a slow disk or reader, in bytes: some ten thousand frames. */
const mostWaiting = 64 * 1024 * 1024;

/** Where a recording's lines go. Bounded: while the other side is too slow, lines are refused. */
export class LineSink {
  bytes = 0;
  /** Resolves, and never rejects, when no more can be written: with the reason, or undefined if the reader went away. */
  readonly broken: Promise<string | undefined>;
  readonly #stream: Writable;
  readonly #most: number;

  constructor(stream: Writable, most = mostWaiting) {
    this.#stream = stream;
    this.#most = most;
    const { promise, resolve } = deferred<string | undefined>();
    this.broken = promise;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EPIPE' ? undefined : messageOf(error));
    });
  }

  /** A new file that only its owner reads. Throws `RecordingUnusable`, also if the file is there already. */
  static async create(file: string): Promise<LineSink> {
    try {
      return new LineSink((await open(file, 'wx', 0o600)).createWriteStream());
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      throw new RecordingUnusable(
        exists ? `${file} exists, and a recording never overwrites a file: name another one` : `cannot write ${file}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Whether the line was taken. */
  write(line: string): boolean {
    if (this.#stream.writableLength > this.#most || !this.#stream.writable) return false;
    this.#stream.write(line);
    this.bytes += Buffer.byteLength(line);
    return true;
  }

  /** Resolves when all is handed to the operating system; `end` closes the stream, too. */
  close({ end }: { end: boolean }): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        resolve();
      };
      if (this.#stream.destroyed) done();
      else if (end) this.#stream.on('close', done).end();
      else this.#stream.write('', done);
    });
  }
}
