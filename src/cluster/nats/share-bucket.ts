import { Kvm, type KV } from '@nats-io/kv';
import type { Deadlines } from '../../base/deadlines.js';
import type { ShareStore, Stop } from '../coordinator.js';
import { watchBucket } from './bucket-watch.js';
import { failure, type NatsLink } from './link.js';
import { mustTell, telling } from './streams.js';

/** Texts that stay, in a KV bucket without a time to live. */
export class ShareBucket implements ShareStore {
  readonly #link: NatsLink;
  readonly #deadlines: Deadlines;
  readonly #kv: KV;
  readonly #bucket: string;
  readonly #told: string;

  private constructor(link: NatsLink, deadlines: Deadlines, kv: KV, { bucket, told }: { bucket: string; told: string }) {
    this.#link = link;
    this.#deadlines = deadlines;
    this.#kv = kv;
    this.#bucket = bucket;
    this.#told = told;
  }

  static async open(
    link: NatsLink,
    deadlines: Deadlines,
    options: { bucket: string; told: string; replicas: number },
  ): Promise<ShareBucket> {
    const { bucket, told, replicas } = options;
    const kv = await new Kvm(link.patient).create(bucket, { replicas, history: 1, republish: telling(told) });
    await mustTell({ link, deadlines }, `KV_${bucket}`, told);
    return new ShareBucket(link, deadlines, kv, options);
  }

  async put(key: string, text: string): Promise<void> {
    await this.#kv.put(key, text).catch((error: unknown) => {
      throw failure(`${key} could not be written`, error);
    });
  }

  async delete(key: string): Promise<void> {
    await this.#kv.delete(key).catch((error: unknown) => {
      throw failure(`${key} could not be deleted`, error);
    });
  }

  async watch(onShare: (key: string, text: string | undefined) => void): Promise<Stop> {
    const { stop } = await watchBucket(
      { link: this.#link, deadlines: this.#deadlines, bucket: this.#bucket, told: this.#told },
      ({ key, value }) => {
        onShare(key, value);
      },
    );
    return stop;
  }
}
