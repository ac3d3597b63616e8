import { Writable } from 'node:stream';
import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { AttributedError, messageOf } from '../base/errors.js';
import type { Lines } from './lines.js';
import { LogFile, type FileSystem } from './log-file.js';
import { mostWaiting, type LogSink } from './log-sink.js';

export interface FileStreamDeps {
  path: string;
  clock: Clock;
  deadlines: Deadlines;
  /** Makes the line that tells what was dropped. */
  lines: Lines;
  /** Told once for each time of trouble, for people: the log itself cannot say it. */
  complain: (message: string) => void;
  fs?: FileSystem;
}

/** The log file cannot be opened at the start; the message says what to do. */
export class LogFileUnusable extends AttributedError {
  readonly code = 'log.unusable';
  readonly retry = 'never';
}

/** How soon a write that failed is tried again, in ms. */
const tryAgain = 1_000;

/** Most that goes out in one write, in characters. */
const oneWrite = 1024 * 1024;

/**
 * Lines into a file that others rotate. While a write fails (ENOSPC, EACCES, …) they wait in memory and it tries again each
 * second; beyond the bound the newest are dropped and counted, which `log.dropped` tells in their place.
 */
export class FileStream extends Writable implements LogSink {
  dropped = 0;
  readonly #deps: FileStreamDeps;
  readonly #file: LogFile;
  readonly #retry: Deadline;
  /** Dropped lines that no `log.dropped` has told yet. */
  #untold = 0;
  readonly #waiting: string[] = [];
  /** What is being written, and how much of it is. */
  #chunk = Buffer.alloc(0);
  #at = 0;
  /** Bytes that wait, those of the chunk among them. */
  #bytes = 0;
  #state: 'idle' | 'writing' | 'failing' = 'idle';
  #flushing: Promise<void> = Promise.resolve();
  #complained = false;

  private constructor(deps: FileStreamDeps) {
    super({ decodeStrings: false });
    this.#deps = deps;
    this.#file = new LogFile(deps);
    this.#retry = deps.deadlines.idle(() => {
      this.#flush();
    });
  }

  /** Opens the file. Rejects with `LogFileUnusable`: what fails later is survived, what is wrong from the start is a mistake. */
  static async open(deps: FileStreamDeps): Promise<FileStream> {
    const stream = new FileStream(deps);
    try {
      await stream.#file.settle();
    } catch (error) {
      throw new LogFileUnusable(
        `log.file ${deps.path} cannot be opened (${messageOf(error)}): make its directory, check its rights, or leave log.file out`,
        { cause: error },
      );
    }
    return stream;
  }

  /** Looks with the next line, instead of within a second, whether the file was rotated; tries at once what waits. */
  reopen(): void {
    this.#file.lookAtOnce();
    if (this.#state === 'failing') this.#retry.moveTo(this.#deps.clock.now());
  }

  override _write(line: string, _: BufferEncoding, done: () => void): void {
    const bytes = Buffer.byteLength(line);
    if (this.#bytes + bytes > mostWaiting) {
      this.dropped += 1;
      this.#untold += 1;
    } else {
      this.#tellDropped();
      this.#wait(line, bytes);
      if (this.#state === 'idle') this.#flush();
    }
    done();
  }

  /** Tries once more what waits; what the file does not take then is told to people. */
  override _final(done: () => void): void {
    void this.#finish().then(done);
  }

  async #finish(): Promise<void> {
    await this.#flushing;
    this.#tellDropped();
    this.#flush();
    await this.#flushing;
    this.#retry.cancel();
    if (this.#bytes > 0) this.#deps.complain(`the log file ${this.#file.path} did not take the last ${this.#bytes} bytes of the log`);
    await this.#file.close();
  }

  #wait(line: string, bytes: number): void {
    this.#waiting.push(line);
    this.#bytes += bytes;
  }

  #tellDropped(): void {
    if (this.#untold === 0) return;
    const fields = { lines: this.#untold };
    const line = `${this.#deps.lines('warn', 'log.dropped', 'the log file could not be written: lines were dropped', fields)}\n`;
    this.#untold = 0;
    this.#wait(line, Buffer.byteLength(line));
  }

  #flush(): void {
    this.#state = 'writing';
    this.#flushing = this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#take()) {
        if (await this.#file.settle()) this.#beginLineAnew();
        await this.#writeChunk();
        this.#complained = false;
        // what was dropped last is told even if no line follows it
        if (this.#waiting.length === 0) this.#tellDropped();
      }
      this.#state = 'idle';
    } catch (error) {
      await this.#onFailure(error);
    }
  }

  /** Whether there is something to write: the rest of the last chunk, or the next lines. */
  #take(): boolean {
    if (this.#at < this.#chunk.length) return true;
    let size = 0;
    let count = 0;
    for (; count < this.#waiting.length && size < oneWrite; count += 1) size += this.#waiting[count]?.length ?? 0;
    this.#chunk = Buffer.from(this.#waiting.splice(0, count).join(''));
    this.#at = 0;
    return count > 0;
  }

  /** Half a line stands at the end of a file that is no longer there: the whole of it belongs into the next one. */
  #beginLineAnew(): void {
    if (this.#at === 0) return;
    const lineStart = this.#chunk.lastIndexOf(0x0a, this.#at - 1) + 1;
    this.#bytes += this.#at - lineStart;
    this.#at = lineStart;
  }

  async #writeChunk(): Promise<void> {
    while (this.#at < this.#chunk.length) {
      const written = await this.#file.append(this.#chunk, this.#at);
      if (written === 0) throw new Error('the file takes nothing');
      this.#at += written;
      this.#bytes -= written;
    }
  }

  async #onFailure(error: unknown): Promise<void> {
    const { clock, complain } = this.#deps;
    await this.#file.close();
    this.#state = 'failing';
    this.#retry.moveTo(clock.now() + tryAgain);
    if (!this.#complained) complain(`the log file ${this.#file.path} cannot be written (${messageOf(error)}): it is tried each second`);
    this.#complained = true;
  }
}
