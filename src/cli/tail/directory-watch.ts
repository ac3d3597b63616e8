import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Deadlines } from '../../base/deadlines.js';

/** How often it is looked without being called, in ms: not every file system tells of changes, and links point elsewhere. */
const poll = 1_000;

/** Tells when something may have happened to a file: watches its directory, as a watched file that is renamed over goes blind. */
export class DirectoryWatch {
  readonly #deadlines: Deadlines;
  readonly #watcher: FSWatcher | undefined;
  #changed = false;
  #call = new AbortController();

  /** @param deps.signal its abort counts as a change */
  constructor({ path, deadlines, signal }: { path: string; deadlines: Deadlines; signal: AbortSignal }) {
    this.#deadlines = deadlines;
    const onChange = (): void => {
      this.#changed = true;
      this.#call.abort();
    };
    signal.addEventListener('abort', onChange, { once: true });
    try {
      this.#watcher = watch(dirname(path), (_, name) => {
        if (name === null || name === basename(path)) onChange();
      });
      // such as that the directory is gone: then the poll goes on alone
      this.#watcher.on('error', () => undefined);
    } catch {
      // more watches than the system allows: likewise
    }
  }

  /** Resolves when something has changed since the last call, or a second has passed. */
  async changed(): Promise<void> {
    if (!this.#changed) {
      this.#call = new AbortController();
      await this.#deadlines.pause(poll, this.#call.signal);
    }
    this.#changed = false;
  }

  close(): void {
    this.#watcher?.close();
  }
}
