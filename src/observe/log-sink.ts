import type { Writable } from 'node:stream';

/** Where the log's lines go: a stream that takes each line at once, keeps a bounded number of them and counts what it dropped. */
export interface LogSink extends Writable {
  /** Lines dropped since the start. */
  readonly dropped: number;
}

/** What may wait for a slow reader or a broken disk, in bytes: some ten thousand lines. */
export const mostWaiting = 8 * 1024 * 1024;
