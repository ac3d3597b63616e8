import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Clock } from '../base/clock.js';

type Identity = Pick<Stats, 'dev' | 'ino'>;

/** What this needs of an open file. */
export interface OpenFile {
  write(buffer: Buffer, offset: number, length: number): Promise<{ bytesWritten: number }>;
  stat(): Promise<Identity>;
  chmod(mode: number): Promise<void>;
  close(): Promise<void>;
}

/** What this needs of `node:fs/promises`. */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  stat(path: string): Promise<Identity>;
}

/** How often it looks whether the path still names the open file, in ms. */
const lookAgain = 1_000;

/** The group may read it (and `attributed tail` with it). */
const fileMode = 0o640;

/** Without blocking, so that a pipe that nobody reads is an error and not a thread that hangs. */
const append = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK;

/** A file that is appended to and that others may rename, replace or remove at any time. Its methods reject with the system's errors. */
export class LogFile {
  readonly path: string;
  readonly #clock: Clock;
  readonly #fs: FileSystem;
  #open: (Identity & { handle: OpenFile }) | undefined;
  #last: Identity | undefined;
  #lookedAt = -Infinity;

  constructor({ path, clock, fs = { open, stat } }: { path: string; clock: Clock; fs?: FileSystem | undefined }) {
    this.path = path;
    this.#clock = clock;
    this.#fs = fs;
  }

  /**
   * Sees to it, once a second at most, that the open file is the one that the path names: opens what is there, or makes it
   * (0640). Resolves with whether that is another file than the last one.
   */
  async settle(): Promise<boolean> {
    const now = this.#clock.now();
    if (this.#open !== undefined && now - this.#lookedAt < lookAgain) return false;
    this.#lookedAt = now;
    if (this.#open !== undefined && !(await this.#isCurrent(this.#open))) await this.close();
    if (this.#open !== undefined) return false;
    const handle = await this.#openOrMake();
    const { dev, ino } = await handle.stat();
    const other = this.#last !== undefined && !(this.#last.dev === dev && this.#last.ino === ino);
    this.#open = { handle, dev, ino };
    this.#last = { dev, ino };
    return other;
  }

  /** The next `settle` looks, however soon it comes. */
  lookAtOnce(): void {
    this.#lookedAt = -Infinity;
  }

  /** Appends what stands in the chunk from `at` on, or a part of it. Resolves with the number of bytes written. */
  async append(chunk: Buffer, at: number): Promise<number> {
    if (this.#open === undefined) return 0;
    const { bytesWritten } = await this.#open.handle.write(chunk, at, chunk.length - at);
    return bytesWritten;
  }

  async close(): Promise<void> {
    const file = this.#open;
    this.#open = undefined;
    // an error of close, such as a quota's, concerns what was written before: the next write meets it again
    await file?.handle.close().catch(() => undefined);
  }

  async #isCurrent({ dev, ino }: Identity): Promise<boolean> {
    try {
      const there = await this.#fs.stat(this.path);
      return there.dev === dev && there.ino === ino;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async #openOrMake(): Promise<OpenFile> {
    try {
      return await this.#fs.open(this.path, append);
    } catch (error) {
      if (!isMissing(error)) throw error;
      const handle = await this.#fs.open(this.path, append | constants.O_CREAT | constants.O_EXCL, fileMode);
      // the unit's umask takes the group's right away
      await handle.chmod(fileMode);
      return handle;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
