import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Deadline, Deadlines } from '../base/deadlines.js';

/** A new content must stand still for so long, in ms: who writes a file in place is seen half-way. */
const still = 200;

export interface FileWatchDeps {
  deadlines: Deadlines;
  /** What stands in the files is new, and seems whole. */
  onChange: () => void;
  /** A directory cannot be watched; the others are. */
  onTrouble: (error: unknown) => void;
}

/**
 * Watches what stands in some files, through the directories that they are in: editors put another file in its place, and
 * Kubernetes another link. The directories of links and of what they lead to are watched alike.
 */
export class FileWatch {
  readonly #deps: FileWatchDeps;
  /** By the directory's device and inode: another one may come into its place. */
  readonly #watchers = new Map<string, FSWatcher>();
  #files: readonly string[] = [];
  /** What stood in each file when that was last told or known otherwise. */
  #known = new Map<string, string>();
  /** What stood in all of them at the last look. */
  #seen = '';
  #look: Deadline | undefined;

  constructor(files: readonly string[], deps: FileWatchDeps) {
    this.#deps = deps;
    this.follow(files);
  }

  /** What stands in the files now is known: only what comes after it is a change. */
  know(): void {
    this.#known = new Map(this.#files.map((file) => [file, contentOf(file)]));
  }

  /** Watches these files from now on. */
  follow(files: readonly string[]): void {
    this.#files = files;
    this.#watchDirectories();
    this.#known = new Map(files.map((file) => [file, this.#known.get(file) ?? contentOf(file)]));
  }

  close(): void {
    this.#look?.cancel();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #lookLater(): void {
    this.#look ??= this.#deps.deadlines.after(still, () => {
      this.#look = undefined;
      this.#compare();
    });
  }

  #compare(): void {
    // before the files are read: what changes after that is told by the new directories
    this.#watchDirectories();
    const before = this.#seen;
    const contents = new Map(this.#files.map((file) => [file, contentOf(file)]));
    this.#seen = [...contents.values()].join();
    if (this.#files.every((file) => contents.get(file) === this.#known.get(file))) return;
    if (this.#seen !== before) {
      this.#lookLater();
      return;
    }
    this.#known = contents;
    this.#deps.onChange();
  }

  #watchDirectories(): void {
    const wanted = new Map<string, string>();
    for (const directory of new Set(this.#files.flatMap(directoriesOf))) {
      try {
        const { dev, ino } = statSync(directory);
        const key = `${dev}:${ino}`;
        wanted.set(key, directory);
        if (!this.#watchers.has(key)) this.#watchers.set(key, this.#watch(key, directory));
      } catch (error) {
        this.#deps.onTrouble(error);
      }
    }
    for (const [key, watcher] of this.#watchers) {
      if (wanted.has(key)) continue;
      watcher.close();
      this.#watchers.delete(key);
    }
  }

  #watch(key: string, directory: string): FSWatcher {
    const watcher = watch(directory, { persistent: false }, () => {
      this.#lookLater();
    });
    return watcher.on('error', (error) => {
      this.#watchers.delete(key);
      watcher.close();
      this.#deps.onTrouble(error);
    });
  }
}

/** Where the file stands, and where what it leads to does. */
function directoriesOf(file: string): string[] {
  try {
    return [dirname(file), dirname(realpathSync(file))];
  } catch {
    return [dirname(file)];
  }
}

/** A digest of what stands in a file, or why it cannot be read; never the content, as it may be a secret. */
function contentOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('base64');
  } catch (error) {
    return String(error);
  }
}
