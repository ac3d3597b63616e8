import { BehaviorSubject } from 'rxjs';
import {
  CoordinatorFailed,
  Fenced,
  LeaseTaken,
  type Asks,
  type Coordinator,
  type EventStream,
  type Feeds,
  type IntentMessage,
  type IntentStream,
  type LeaseEntry,
  type LeaseStore,
  type ShareStore,
  type Stop,
} from '../coordinator.js';
import type { KeptEvent, KeptIntent, Listener, MemoryEngine } from './engine.js';

/** A member's connection to a `MemoryEngine`: it can be cut off, as a network does. */
export class MemoryCoordinator implements Coordinator {
  readonly leases: LeaseStore;
  readonly events: EventStream;
  readonly intents: IntentStream;
  readonly shares: ShareStore;
  readonly asks: Asks;
  readonly feeds: Feeds;
  readonly reachable = new BehaviorSubject(true);
  readonly #engine: MemoryEngine;
  /** What is told again when the connection stands again. */
  readonly #retell = new Set<() => void>();
  readonly #stops = new Set<Stop>();

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
    this.leases = this.#leases();
    this.events = this.#events();
    this.intents = this.#intents();
    this.shares = this.#shares();
    this.asks = this.#asks();
    this.feeds = this.#feeds();
  }

  /** Calls fail from now on, and nothing is told. */
  cut(): void {
    this.#engine.cut.add(this);
    this.reachable.next(false);
  }

  /** The connection stands again: what was missed is told first. */
  mend(): void {
    this.#engine.cut.delete(this);
    for (const retell of this.#retell) retell();
    this.reachable.next(true);
  }

  async close(): Promise<void> {
    for (const stop of [...this.#stops]) await stop();
    this.reachable.complete();
  }

  /** A call to the engine: never in the turn of its caller. */
  async #call<T>(call: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#engine.cut.has(this)) throw new CoordinatorFailed('the engine cannot be reached');
    return call();
  }

  #begun(stop: () => void, retell?: () => void): Stop {
    if (retell !== undefined) this.#retell.add(retell);
    const end: Stop = () => {
      stop();
      if (retell !== undefined) this.#retell.delete(retell);
      this.#stops.delete(end);
      return Promise.resolve();
    };
    this.#stops.add(end);
    return end;
  }

  #leases(): LeaseStore {
    const engine = this.#engine;
    const put = (key: string, value: string | undefined): number => {
      const revision = engine.nextRevision();
      if (value === undefined) engine.leases.delete(key);
      else engine.leases.set(key, { value, revision, at: engine.clock.now() });
      engine.tell(engine.leaseWatches, { key, value, revision });
      return revision;
    };
    const changed = (key: string, revision: number, value: string | undefined): Promise<number> =>
      this.#call(() => {
        if (engine.lease(key)?.revision !== revision) throw new LeaseTaken(key);
        return put(key, value);
      });
    return {
      ttl: engine.leaseTtl,
      create: (key, value) =>
        this.#call(() => {
          if (engine.lease(key) !== undefined) throw new LeaseTaken(key);
          return put(key, value);
        }),
      update: (key, value, revision) => changed(key, revision, value),
      delete: async (key, revision) => {
        await changed(key, revision, undefined);
      },
      watch: (onEntry) =>
        this.#call(() => {
          const told = new Set<string>();
          const all = (): void => {
            for (const key of told)
              if (engine.lease(key) === undefined) onEntry({ key, value: undefined, revision: engine.nextRevision() });
            for (const key of [...engine.leases.keys()]) {
              const lease = engine.lease(key);
              if (lease !== undefined) tell({ key, value: lease.value, revision: lease.revision });
            }
          };
          const tell = (entry: LeaseEntry): void => {
            told.add(entry.key);
            onEntry(entry);
          };
          const listener: Listener<LeaseEntry> = { member: this, tell };
          engine.leaseWatches.add(listener);
          all();
          return this.#begun(() => engine.leaseWatches.delete(listener), all);
        }),
    };
  }

  #events(): EventStream {
    const engine = this.#engine;
    return {
      publish: ({ partition, conversationId, text, id, fence }) =>
        this.#call(() => {
          if (id !== undefined && engine.ids.has(`event ${id}`)) return;
          if (id !== undefined) engine.ids.add(`event ${id}`);
          const events = engine.events.get(partition) ?? new Map<string, KeptEvent>();
          engine.events.set(partition, events);
          events.delete(conversationId);
          events.set(conversationId, { text, fence });
          engine.tell(engine.eventConsumers.get(partition) ?? [], { text, fence });
        }),
      consume: (partition, onEvent, onPresent) =>
        this.#call(() => {
          const consumers = engine.eventConsumers.get(partition) ?? new Set();
          engine.eventConsumers.set(partition, consumers);
          const listener: Listener<KeptEvent> = {
            member: this,
            tell: ({ text, fence }) => {
              onEvent(text, fence);
            },
          };
          const all = (): void => {
            for (const event of engine.events.get(partition)?.values() ?? []) listener.tell(event);
          };
          consumers.add(listener);
          all();
          onPresent();
          return this.#begun(() => consumers.delete(listener), all);
        }),
    };
  }

  #intents(): IntentStream {
    const engine = this.#engine;
    const named = (partition: number, id: string): string => `${partition}/${id}`;
    return {
      add: (partition, id, text) =>
        this.#call(() => {
          if (engine.intents.length >= engine.mostIntents) throw new CoordinatorFailed('the stream takes no more');
          const sequence = engine.nextSequence();
          const intent: KeptIntent = { partition, text, sequence };
          if (engine.ids.has(`intent ${id}`)) return sequence;
          engine.ids.add(`intent ${id}`);
          engine.intents.push(intent);
          engine.tell(engine.intentConsumers.get(partition) ?? [], intent);
          return sequence;
        }),
      consume: (partition, onMessage, onPresent) =>
        this.#call(() => {
          const consumers = engine.intentConsumers.get(partition) ?? new Set();
          engine.intentConsumers.set(partition, consumers);
          const listener: Listener<KeptIntent> = {
            member: this,
            tell: (intent) => {
              onMessage(messageOf(intent));
            },
          };
          const messageOf = (intent: KeptIntent): IntentMessage => ({
            text: intent.text,
            sequence: intent.sequence,
            done: async () => {
              await Promise.resolve();
              const at = engine.intents.indexOf(intent);
              if (at >= 0 && !engine.cut.has(this)) engine.intents.splice(at, 1);
            },
          });
          const all = (): void => {
            for (const intent of engine.intents.filter((each) => each.partition === partition)) listener.tell(intent);
          };
          consumers.add(listener);
          all();
          onPresent();
          return this.#begun(() => consumers.delete(listener), all);
        }),
      put: (partition, id, text, fence) =>
        this.#call(() => {
          const key = named(partition, id);
          if ((engine.records.get(key)?.fence ?? 0) > fence) throw new Fenced(id);
          engine.records.set(key, { partition, text, fence });
        }),
      delete: async (partition, id) => {
        await this.#call(() => engine.records.delete(named(partition, id)));
      },
      records: (partition) =>
        this.#call(() => [...engine.records.values()].filter((record) => record.partition === partition).map(({ text }) => text)),
    };
  }

  #shares(): ShareStore {
    const engine = this.#engine;
    const tell = (key: string, text: string | undefined): void => {
      engine.tell(engine.shareWatches, { key, text });
    };
    return {
      put: (key, text) =>
        this.#call(() => {
          engine.shares.set(key, text);
          tell(key, text);
        }),
      delete: (key) =>
        this.#call(() => {
          engine.shares.delete(key);
          tell(key, undefined);
        }),
      watch: (onShare) =>
        this.#call(() => {
          const told = new Set<string>();
          const listener: Listener<{ key: string; text: string | undefined }> = {
            member: this,
            tell: ({ key, text }) => {
              told.add(key);
              onShare(key, text);
            },
          };
          const all = (): void => {
            for (const key of told) if (!engine.shares.has(key)) onShare(key, undefined);
            for (const [key, text] of engine.shares) listener.tell({ key, text });
          };
          engine.shareWatches.add(listener);
          all();
          return this.#begun(() => engine.shareWatches.delete(listener), all);
        }),
    };
  }

  #asks(): Asks {
    const engine = this.#engine;
    return {
      answer: (name, handler) => {
        const own = { member: this as object, handler };
        engine.answers.set(name, own);
        return Promise.resolve(
          this.#begun(() => {
            if (engine.answers.get(name) === own) engine.answers.delete(name);
          }),
        );
      },
      ask: async (name, question) => {
        const there = await this.#call(() => engine.answers.get(name));
        if (there === undefined || engine.cut.has(there.member)) throw new CoordinatorFailed(`nobody answers to the name ${name}`);
        try {
          return await there.handler(question);
        } catch (error) {
          throw new CoordinatorFailed(`${name} gave no answer`, { cause: error });
        }
      },
      tell: (text) => {
        if (!engine.cut.has(this)) engine.tell(engine.ears, text);
      },
      listen: (onText) => {
        const listener: Listener<string> = { member: this, tell: onText };
        engine.ears.add(listener);
        return Promise.resolve(this.#begun(() => engine.ears.delete(listener)));
      },
    };
  }

  #feeds(): Feeds {
    const engine = this.#engine;
    return {
      consume: ({ stream, subject }, onMessage) =>
        this.#call(() => {
          const feed = engine.feedOf(stream, subject);
          const take = (text: string): void => {
            onMessage(text, () => Promise.resolve());
          };
          feed.takers.push(take);
          for (const text of feed.waiting.splice(0)) take(text);
          return this.#begun(() => {
            feed.takers.splice(feed.takers.indexOf(take), 1);
          });
        }),
    };
  }
}
