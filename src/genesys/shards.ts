import { messageOf } from '../base/errors.js';
import type { TopicState } from './channel.js';
import { Shard, type ChannelFigures, type ShardDeps, type Signal } from './shard.js';
import type { RotationReason } from './vigil.js';

export interface ShardsDeps extends Omit<ShardDeps, 'onSignal' | 'onRotated'> {
  /** @param number of the shard that tells it */
  onSignal: (signal: Signal, number: number) => void;
  /** A shard cannot go on: the OAuth client was refused before it was ever accepted. */
  onFault: (error: Error) => void;
}

/** The shards that this process runs, by number. */
export class Shards {
  /** Channels that took the place of others, by why. */
  readonly rotations: Record<RotationReason, number> = { expiry: 0, closing: 0, stalled: 0, reload: 0 };
  readonly #deps: ShardsDeps;
  readonly #shards = new Map<number, { shard: Shard; run: Promise<void> }>();
  /** Frames of shards that are no more. */
  #framesBefore = 0;

  constructor(deps: ShardsDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#shards.size;
  }

  /** Whether each of them is connected, subscribed and heard of lately. */
  get connected(): boolean {
    return this.#all((shard) => shard.connected).every(Boolean);
  }

  /** Frames that came, whatever was in them. */
  get frames(): number {
    return this.#all((shard) => shard.frames).reduce((sum, frames) => sum + frames, this.#framesBefore);
  }

  /** What the platform said of each topic, the last time that it was asked. */
  get topics(): TopicState[] {
    return this.#all((shard) => shard.topics).flat();
  }

  /** The channels, and where their connections are; times in ms from now. */
  get channels(): ChannelFigures[] {
    return this.#all((shard) => shard.figures);
  }

  /** The topics of each. */
  get wanted(): Map<number, readonly string[]> {
    return new Map([...this.#shards].map(([number, { shard }]) => [number, shard.wanted]));
  }

  /** Whether a shard is connected and subscribed. */
  isConnected(number: number): boolean {
    return this.#shards.get(number)?.shard.connected === true;
  }

  /** A shard is to tell of these topics: it is made if it is not there, and changed without touching its socket if it is. */
  want(number: number, topics: readonly string[]): void {
    const there = this.#shards.get(number)?.shard;
    if (there === undefined) this.#add(number, topics);
    else if (!isSame(there.wanted, topics)) there.want(topics);
  }

  /** Ends a shard. */
  remove(number: number): void {
    const there = this.#shards.get(number);
    if (there === undefined) return;
    this.#framesBefore += there.shard.frames;
    there.shard.stop();
    this.#shards.delete(number);
  }

  /** Settings have changed: they count for what is open too. */
  replan(): void {
    for (const { shard } of this.#shards.values()) shard.replan();
  }

  /** Makes new channels, and ends the present ones when those are there: for a new OAuth client or other hosts. */
  reconnect(): void {
    for (const { shard } of this.#shards.values()) shard.rotate('reload');
  }

  /** Ends all; resolves when they have ended. */
  async stop(): Promise<void> {
    for (const { shard } of this.#shards.values()) shard.stop();
    await Promise.allSettled([...this.#shards.values()].map(({ run }) => run));
  }

  #add(number: number, topics: readonly string[]): void {
    const { onSignal, onFault } = this.#deps;
    const shard = new Shard(
      {
        ...this.#deps,
        onSignal: (signal) => {
          onSignal(signal, number);
        },
        onRotated: (reason) => {
          this.rotations[reason] += 1;
        },
      },
      topics,
    );
    const run = shard.run();
    run.catch((error: unknown) => {
      onFault(error instanceof Error ? error : new Error(messageOf(error)));
    });
    this.#shards.set(number, { shard, run });
  }

  #all<T>(of: (shard: Shard) => T): T[] {
    return [...this.#shards.values()].map(({ shard }) => of(shard));
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((topic, index) => topic === b[index]);
}
