import type { Intent } from '../intent.js';
import type { IntentStore } from './store.js';

/** A store that dies with the process. */
export class MemoryStore implements IntentStore {
  readonly durable = false;
  readonly #intents = new Map<string, Intent>();

  async add(intent: Intent): Promise<number> {
    await this.put(intent);
    return intent.sequence;
  }

  put(intent: Intent): Promise<void> {
    this.#intents.set(intent.id, structuredClone(intent));
    return Promise.resolve();
  }

  delete(id: string): Promise<void> {
    this.#intents.delete(id);
    return Promise.resolve();
  }

  all(): Intent[] {
    return [...this.#intents.values()].sort((a, b) => a.sequence - b.sequence);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
