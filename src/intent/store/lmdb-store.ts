import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { messageOf } from '../../base/errors.js';
import type { Intent } from '../intent.js';
import { lock } from './lock.js';
import { StoreFailed, StoreHeld, StoreTooNew, StoreUnusable, type IntentStore } from './store.js';

/** Format of what is stored; a store with a higher one is refused. */
const format = 1;

/** Where LMDB's first page carries its magic number, and that number; pages are of at least so many bytes. */
const magic = { offset: 24, value: 0xbeefc0de };
const pageSize = 4096;

/** Longest path of a Unix socket, in bytes (sockaddr_un on Linux). */
const longestPath = 107;

/** Intents in an LMDB file: on disk, synced, before `put` resolves. The directory is 0700, as it holds customer data. */
export class LmdbStore implements IntentStore {
  readonly durable = true;
  readonly #root: RootDatabase<unknown, string>;
  readonly #intents: Database<Intent, string>;
  readonly #unlock: () => Promise<void>;

  private constructor(root: RootDatabase<unknown, string>, unlock: () => Promise<void>) {
    this.#root = root;
    this.#intents = root.openDB<Intent, string>({ name: 'intents', encoding: 'json' });
    this.#unlock = unlock;
  }

  /** Opens the store in `dir`, which is made if need be. Rejects with `StoreHeld`, `StoreTooNew` or `StoreUnusable`. */
  static async open(dir: string): Promise<LmdbStore> {
    if (Buffer.byteLength(join(dir, 'lock.sock')) > longestPath) {
      throw new StoreUnusable(`outbox.dir ${dir} is too long for the socket in it, expected at most ${longestPath - 10} bytes`);
    }
    let unlock: (() => Promise<void>) | undefined;
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      unlock = await lock(dir);
      const path = join(dir, 'intents.mdb');
      refuseForeign(path);
      // overlappingSync would let put resolve before the disk has it
      const root = open<unknown, string>({ path, overlappingSync: false, encoding: 'json', maxDbs: 2 });
      for (const file of [path, `${path}-lock`]) chmodSync(file, 0o600);
      const found = root.get('format');
      if (found === undefined) await root.put('format', format);
      else if (found !== format) {
        await root.close();
        throw new StoreTooNew(dir, found, format);
      }
      return new LmdbStore(root, unlock);
    } catch (error) {
      await unlock?.();
      if (error instanceof StoreHeld || error instanceof StoreTooNew) throw error;
      throw new StoreUnusable(
        `the outbox ${dir} cannot be opened (${messageOf(error)}): check its rights, move a damaged intents.mdb away, or set outbox.dir`,
        { cause: error },
      );
    }
  }

  async add(intent: Intent): Promise<number> {
    await this.put(intent);
    return intent.sequence;
  }

  async put(intent: Intent): Promise<void> {
    await kept(this.#intents.put(intent.id, intent));
  }

  async delete(id: string): Promise<void> {
    await kept(this.#intents.remove(id));
  }

  all(): Intent[] {
    return [...this.#intents.getRange({})].map(({ value }) => value).sort((a, b) => a.sequence - b.sequence);
  }

  async close(): Promise<void> {
    await this.#root.close();
    await this.#unlock();
  }
}

/** LMDB maps whatever lies there into memory, and the process with it falls if that is no LMDB file. Throws an `Error`. */
function refuseForeign(path: string): void {
  if (!existsSync(path)) return;
  const { size } = statSync(path);
  const head = Buffer.alloc(magic.offset + 4);
  const file = openSync(path, 'r');
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  const whole = size >= 2 * pageSize && size % pageSize === 0;
  if (size > 0 && (!whole || head.readUInt32LE(magic.offset) !== magic.value)) throw new Error('intents.mdb is damaged, or no outbox');
}

async function kept(write: Promise<boolean>): Promise<void> {
  try {
    await write;
  } catch (error) {
    throw new StoreFailed(`the outbox could not be written: ${messageOf(error)}`, { cause: error });
  }
}
