import { Kvm, type KV } from '@nats-io/kv';
import type { Deadlines } from '../../base/deadlines.js';
import { LeaseTaken, type LeaseEntry, type LeaseStore, type Stop } from '../coordinator.js';
import { watchBucket } from './bucket-watch.js';
import { failure, isConflict, type NatsLink } from './link.js';

/** Leases in a KV bucket. Its time to live is the bucket's: that of a key is silently ignored before nats-server 2.11. */
export class LeaseBucket implements LeaseStore {
  readonly ttl: number;
  readonly #link: NatsLink;
  readonly #deadlines: Deadlines;
  readonly #kv: KV;
  readonly #bucket: string;

  private constructor(link: NatsLink, deadlines: Deadlines, kv: KV, bucket: string, ttl: number) {
    this.#link = link;
    this.#deadlines = deadlines;
    this.#kv = kv;
    this.#bucket = bucket;
    this.ttl = ttl;
  }

  static async open(
    link: NatsLink,
    deadlines: Deadlines,
    options: { bucket: string; ttl: number; replicas: number },
  ): Promise<LeaseBucket> {
    const { bucket, ttl, replicas } = options;
    const kv = await new Kvm(link.patient).create(bucket, { ttl, replicas, history: 1 });
    return new LeaseBucket(link, deadlines, kv, bucket, ttl);
  }

  create(key: string, value: string): Promise<number> {
    return this.#guarded(key, () => this.#kv.create(key, value));
  }

  update(key: string, value: string, revision: number): Promise<number> {
    return this.#guarded(key, () => this.#kv.update(key, value, revision, this.#link.timeout));
  }

  async delete(key: string, revision: number): Promise<void> {
    await this.#guarded(key, () => this.#kv.delete(key, { previousSeq: revision }));
  }

  watch(onEntry: (entry: LeaseEntry) => void): Promise<Stop> {
    return watchBucket({ link: this.#link, deadlines: this.#deadlines, bucket: this.#bucket }, onEntry);
  }

  async #guarded<T>(key: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw isConflict(error) ? new LeaseTaken(key) : failure(`the lease ${key} could not be written`, error);
    }
  }
}
