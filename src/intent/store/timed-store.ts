import type { Clock } from '../../base/clock.js';
import type { Intent } from '../intent.js';
import type { IntentStore } from './store.js';

/** A store that knows for how long what it was given has not been kept yet: a disk that hangs rejects nothing. */
export class TimedStore implements IntentStore {
  readonly #store: IntentStore;
  readonly #clock: Pick<Clock, 'now'>;
  /** Since when each of them is under way, oldest first; clock's ms. */
  readonly #underWay = new Map<object, number>();

  constructor(store: IntentStore, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  /** For how long the oldest that is not kept yet is under way, in ms; 0 if there is none. */
  get waitedMs(): number {
    const [oldest] = this.#underWay.values();
    return oldest === undefined ? 0 : this.#clock.now() - oldest;
  }

  get durable(): boolean {
    return this.#store.durable;
  }

  add(intent: Intent): Promise<number> {
    return this.#timed(this.#store.add(intent));
  }

  put(intent: Intent): Promise<void> {
    return this.#timed(this.#store.put(intent));
  }

  delete(id: string): Promise<void> {
    return this.#timed(this.#store.delete(id));
  }

  all(): Intent[] {
    return this.#store.all();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #timed<T>(keeping: Promise<T>): Promise<T> {
    const one = {};
    this.#underWay.set(one, this.#clock.now());
    try {
      return await keeping;
    } finally {
      this.#underWay.delete(one);
    }
  }
}
