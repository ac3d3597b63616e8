import { deferred, type Deferred } from '../base/deferred.js';
import type { Clock } from '../base/clock.js';
import type { Deadlines } from '../base/deadlines.js';
import { normaliseEvent } from '../conversation/normalise.js';
import type { NotificationEvent } from '../genesys/frames.js';

/** An event that showed a value which the probe had written. */
export interface Echo {
  /** Clock's ms. */
  at: number;
  version: number | undefined;
  etag: string | undefined;
}

/** Events of one conversation that show what the probe has written: each of its values is written only once. */
export class Echoes {
  readonly #deps: { clock: Clock; deadlines: Deadlines; conversationId: string };
  /** By value. */
  readonly #heard = new Map<string, Echo[]>();
  readonly #awaited = new Map<string, Deferred<undefined>>();

  constructor(deps: { clock: Clock; deadlines: Deadlines; conversationId: string }) {
    this.#deps = deps;
  }

  hear(event: NotificationEvent): void {
    const told = normaliseEvent(event);
    if (told?.kind === 'snapshot' && told.snapshot.id === this.#deps.conversationId) {
      const { version, etag, participants } = told.snapshot;
      for (const each of participants)
        this.#note(Object.values(each.attributes ?? {}), { version: version ?? each.version, etag: etag ?? each.etag });
    }
    if (told?.kind === 'attributes' && told.conversationId === this.#deps.conversationId)
      this.#note(Object.values(told.attributes), { version: told.version, etag: told.etag });
  }

  /** The events that showed a value, the first one first; waits for `patience` ms for one. */
  async of(value: string, patience: number): Promise<readonly Echo[]> {
    if (!this.#heard.has(value)) {
      const wait = deferred<undefined>();
      this.#awaited.set(value, wait);
      const late = this.#deps.deadlines.after(patience, () => {
        wait.resolve(undefined);
      });
      await wait.promise;
      late.cancel();
      this.#awaited.delete(value);
    }
    return this.#heard.get(value) ?? [];
  }

  #note(values: readonly string[], { version, etag }: Omit<Echo, 'at'>): void {
    for (const value of values) {
      this.#heard.set(value, [...(this.#heard.get(value) ?? []), { at: this.#deps.clock.now(), version, etag }]);
      this.#awaited.get(value)?.resolve(undefined);
    }
  }
}
