import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Deadlines } from '../../base/deadlines.js';
import { messageOf } from '../../base/errors.js';
import { DirectoryWatch } from './directory-watch.js';
import { offsetOfLast } from './last-lines.js';

export interface FollowOptions {
  path: string;
  /** Lines to begin with; undefined = all. */
  lines: number | undefined;
  /** Whether it goes on at the end of the file. */
  follow: boolean;
  /** Ends it. */
  signal: AbortSignal;
  deadlines: Deadlines;
}

const block = 64 * 1024;
const lineEnd = 0x0a;

/**
 * The bytes of a file, followed by its name. After a rename the old file is read until the new one has something: the
 * daemon writes to the old one until it has found the new one. A file that became shorter is read from its beginning.
 * Where one file ends within a line and another begins, the line is ended. Rejects if the file cannot be read.
 */
export async function* follow({ path, lines, follow: goOn, signal, deadlines }: FollowOptions): AsyncGenerator<Buffer> {
  let file = await reading(path);
  const watch = goOn ? new DirectoryWatch({ path, deadlines, signal }) : undefined;
  try {
    let at = lines === undefined ? 0 : await offsetOfLast(file, lines);
    let last = lineEnd;
    let leaving = false;
    while (!signal.aborted) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(block), 0, block, at);
      if (bytesRead > 0) {
        at += bytesRead;
        last = buffer[bytesRead - 1] ?? lineEnd;
        yield buffer.subarray(0, bytesRead);
        continue;
      }
      if (watch === undefined) return;
      const successor = leaving ? await open(path, 'r').catch(ifMissing) : undefined;
      if (successor === undefined) {
        const there = await whatIsThere(path, file, at);
        // the old file is read once more to its end: it may have grown before the other one had anything
        leaving = there === 'other';
        if (there === 'same') await watch.changed();
        if (there !== 'shorter') continue;
      } else {
        await file.close();
        file = successor;
        leaving = false;
      }
      at = 0;
      if (last !== lineEnd) yield Buffer.of(lineEnd);
      last = lineEnd;
    }
  } finally {
    watch?.close();
    await file.close();
  }
}

/** What the path names now: the file that is read, the same one but shorter, or another that has something in it. */
async function whatIsThere(path: string, file: FileHandle, at: number): Promise<'same' | 'shorter' | 'other'> {
  const there = await stat(path).catch(ifMissing);
  const ours = await file.stat();
  if (there !== undefined && (there.ino !== ours.ino || there.dev !== ours.dev)) return there.size > 0 ? 'other' : 'same';
  return ours.size < at ? 'shorter' : 'same';
}

/** A file, opened to be read. Rejects, naming it, if that cannot be done, or it is a directory. */
export async function reading(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if (!(await file.stat()).isDirectory()) return file;
    await file.close();
  } catch (error) {
    throw new Error(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  throw new Error(`${path} is a directory, expected a log file`);
}

/** Between a rename and the new file there is none: that is no error. */
function ifMissing(error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
