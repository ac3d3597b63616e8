import type { Clock } from '../../base/clock.js';
import type { LeaseEntry } from '../coordinator.js';

export interface EngineOptions {
  clock: Clock;
  /** Time to live of leases, in ms. */
  leaseTtl: number;
  /** Intents that are kept on the streams at most. */
  mostIntents?: number;
}

/** A lease as it is kept. */
export interface KeptLease {
  value: string;
  revision: number;
  /** Clock's ms. */
  at: number;
}

/** An event as it is kept. */
export interface KeptEvent {
  text: string;
  fence: number | undefined;
}

/** An intent as it is kept. */
export interface KeptIntent {
  partition: number;
  text: string;
  sequence: number;
}

/** A subscription of one member, which is told nothing while that one is cut off. */
export interface Listener<T> {
  member: object;
  tell: (told: T) => void;
}

/** What the members of a fleet share that live in one process: for tests, and for whoever embeds several daemons. */
export class MemoryEngine {
  readonly clock: Clock;
  readonly leaseTtl: number;
  readonly mostIntents: number;
  readonly leases = new Map<string, KeptLease>();
  readonly leaseWatches = new Set<Listener<LeaseEntry>>();
  /** By partition and conversation. */
  readonly events = new Map<number, Map<string, KeptEvent>>();
  readonly eventConsumers = new Map<number, Set<Listener<KeptEvent>>>();
  /** Ids of events and intents: each is taken once. */
  readonly ids = new Set<string>();
  readonly intents: KeptIntent[] = [];
  readonly intentConsumers = new Map<number, Set<Listener<KeptIntent>>>();
  /** By partition and id. */
  readonly records = new Map<string, { partition: number; text: string; fence: number }>();
  readonly shares = new Map<string, string>();
  readonly shareWatches = new Set<Listener<{ key: string; text: string | undefined }>>();
  readonly answers = new Map<string, { member: object; handler: (question: string) => Promise<string> }>();
  readonly ears = new Set<Listener<string>>();
  readonly feeds = new Map<string, { waiting: string[]; takers: ((text: string) => void)[] }>();
  /** Members that are cut off. */
  readonly cut = new Set<object>();
  #revision = 0;
  #sequence = 0;

  constructor({ clock, leaseTtl, mostIntents = Infinity }: EngineOptions) {
    this.clock = clock;
    this.leaseTtl = leaseTtl;
    this.mostIntents = mostIntents;
  }

  /** The next revision of the lease store. */
  nextRevision(): number {
    this.#revision += 1;
    return this.#revision;
  }

  /** The next place in the order of acceptance. */
  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  /** The lease of a key, unless it has aged out. */
  lease(key: string): KeptLease | undefined {
    const lease = this.leases.get(key);
    if (lease === undefined || this.clock.now() - lease.at < this.leaseTtl) return lease;
    this.leases.delete(key);
    return undefined;
  }

  /** Something comes to a stream of others. */
  feed(stream: string, subject: string, text: string): void {
    const feed = this.feedOf(stream, subject);
    const [taker] = feed.takers;
    if (taker === undefined) feed.waiting.push(text);
    else taker(text);
  }

  feedOf(stream: string, subject: string): { waiting: string[]; takers: ((text: string) => void)[] } {
    const key = `${stream}/${subject}`;
    const feed = this.feeds.get(key) ?? { waiting: [], takers: [] };
    this.feeds.set(key, feed);
    return feed;
  }

  /** Tells those of some listeners that are not cut off, each in a turn of its own. */
  tell<T>(listeners: Iterable<Listener<T>>, told: T): void {
    for (const { member, tell } of listeners)
      queueMicrotask(() => {
        if (!this.cut.has(member)) tell(told);
      });
  }
}
