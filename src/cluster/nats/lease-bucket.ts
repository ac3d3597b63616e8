import { Kvm } from '@nats-io/kv';
import { headers } from '@nats-io/transport-node';
import { LRUCache } from 'lru-cache';
import type { Deadlines } from '../../base/deadlines.js';
import { deferred } from '../../base/deferred.js';
import { CoordinatorFailed, LeaseTaken, type LeaseEntry, type LeaseStore, type Stop } from '../coordinator.js';
import { operationHeader, watchBucket } from './bucket-watch.js';
import { failure, isConflict, type NatsLink } from './link.js';
import { beforeOf, sequenceOf } from './stored.js';
import { mustTell, telling } from './streams.js';

/** The share of the time to live that a write may take: one that is lost with a server leaves time for several more. */
const writeShare = 1 / 5;

/** Writes of which it is remembered what stood before them: many more than come while one has no answer. */
const mostRemembered = 4_096;

export interface LeaseBucketOptions {
  bucket: string;
  /** Before each subject under which a stream tells again what it has stored. */
  told: string;
  /** Milliseconds. */
  ttl: number;
  replicas: number;
}

/**
 * Leases in a KV bucket. Its time to live is the bucket's: that of a key is silently ignored before nats-server 2.11.
 *
 * A stream that several servers keep does not compare and set as it says (nats-server 2.9.10): of three writes at the same time that
 * name the same last revision it takes two or three (in 5,847 of 6,336 tries), unless that is none. So each write names its
 * message by the revision that it expects, and of two such names it takes one only (in 6,400 of 6,400). And as the names that are
 * under way go with a leader, a write is believed when the stream has told it, with the revision that stood before it.
 */
export class LeaseBucket implements LeaseStore {
  readonly ttl: number;
  readonly #link: NatsLink;
  readonly #deadlines: Deadlines;
  readonly #options: LeaseBucketOptions;
  /** Sequence of a write → that of the one before it of its key; 0: there was none. */
  readonly #before = new LRUCache<number, number>({ max: mostRemembered });
  readonly #waiting = new Map<number, () => void>();
  /** Has each watch read again what stands there. */
  readonly #watches = new Set<() => void>();

  private constructor(link: NatsLink, deadlines: Deadlines, options: LeaseBucketOptions) {
    this.#link = link;
    this.#deadlines = deadlines;
    this.#options = options;
    this.ttl = options.ttl;
    link.nc.subscribe(`${options.told}.${this.#subject('>')}`, {
      callback: (error, { headers: sent }) => {
        if (error !== null || sent === undefined) return;
        const sequence = sequenceOf(sent);
        this.#before.set(sequence, beforeOf(sent));
        this.#waiting.get(sequence)?.();
      },
    });
  }

  static async open(link: NatsLink, deadlines: Deadlines, options: LeaseBucketOptions): Promise<LeaseBucket> {
    const { bucket, told, ttl, replicas } = options;
    await new Kvm(link.patient).create(bucket, { ttl, replicas, history: 1, republish: telling(told) });
    await mustTell({ link, deadlines }, `KV_${bucket}`, told);
    return new LeaseBucket(link, deadlines, options);
  }

  async create(key: string, value: string): Promise<number> {
    try {
      return await this.#write(key, value, 0);
    } catch (error) {
      if (!(error instanceof LeaseTaken)) throw error;
    }
    // what was given back has left its mark until that ages out
    const last = await this.#guarded(key, () => this.#link.quick.streams.getMessage(this.#stream, { last_by_subj: this.#subject(key) }));
    if (last?.header.has(operationHeader) !== true) throw new LeaseTaken(key);
    return this.#write(key, value, last.seq);
  }

  update(key: string, value: string, revision: number): Promise<number> {
    return this.#write(key, value, revision);
  }

  async delete(key: string, revision: number): Promise<void> {
    await this.#write(key, undefined, revision);
  }

  async watch(onEntry: (entry: LeaseEntry) => void): Promise<Stop> {
    const { bucket, told } = this.#options;
    const { stop, again } = await watchBucket({ link: this.#link, deadlines: this.#deadlines, bucket, told }, onEntry);
    this.#watches.add(again);
    return async () => {
      this.#watches.delete(again);
      await stop();
    };
  }

  get #stream(): string {
    return `KV_${this.#options.bucket}`;
  }

  #subject(key: string): string {
    return `$KV.${this.#options.bucket}.${key}`;
  }

  /**
   * Writes where the last revision of the key is `expected`; 0: where there is none.
   * @param value undefined: deletes it
   */
  async #write(key: string, value: string | undefined, expected: number): Promise<number> {
    const timeout = Math.round(this.ttl * writeShare);
    const told = headers();
    if (value === undefined) told.set(operationHeader, 'DEL');
    const { seq, duplicate } = await this.#guarded(key, () =>
      this.#link.js.publish(this.#subject(key), value ?? '', {
        headers: told,
        timeout,
        expect: { lastSubjectSequence: expected },
        ...(expected === 0 ? {} : { msgID: `${key}.${expected}` }),
      }),
    );
    if (!duplicate && (await this.#stoodBefore(key, seq, timeout)) === expected) return seq;
    this.#readAgain();
    throw new LeaseTaken(key);
  }

  /** The revision of a key that stood before a write of it. */
  async #stoodBefore(key: string, sequence: number, within: number): Promise<number> {
    if (!this.#before.has(sequence)) {
      const { promise: told, resolve } = deferred<undefined>();
      const over = new AbortController();
      this.#waiting.set(sequence, () => {
        resolve(undefined);
      });
      await Promise.race([told, this.#deadlines.pause(within, over.signal)]);
      over.abort();
      this.#waiting.delete(sequence);
    }
    const before = this.#before.get(sequence);
    if (before !== undefined) return before;
    this.#readAgain();
    throw new CoordinatorFailed(`the lease ${key} was written, and the stream has not told so`);
  }

  /** A write was stored that was not told, perhaps this instance's own: whoever watches is to know of it. */
  #readAgain(): void {
    for (const again of this.#watches) again();
  }

  async #guarded<T>(key: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isConflict(error) ? new LeaseTaken(key) : failure(`the lease ${key} could not be written`, error);
    }
  }
}
