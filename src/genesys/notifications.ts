import { Subject, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import type { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import type { Agents } from './agents.js';
import { assign } from './assignment.js';
import type { Channel, TopicState } from './channel.js';
import type { RestClient } from './rest.js';
import type { Selector } from './selectors.js';
import { Shard, type ChannelFigures, type ShardSettings, type Signal } from './shard.js';
import type { TokenSource } from './token.js';
import { TopicPlan } from './topic-plan.js';
import type { RotationReason } from './vigil.js';

export type { Signal } from './shard.js';

export interface NotificationSettings extends ShardSettings {
  /** Literal topics, and selectors that are expanded over the API. */
  topics: readonly (string | Selector)[];
}

export interface NotificationsDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  random: () => number;
  rest: RestClient;
  token: TokenSource;
  agents: Agents;
  /** Sees each text of a channel as it came, before it is decoded. */
  onText?: ((text: string, channel: Channel) => void) | undefined;
}

/** Keeps as many channels connected and subscribed as the topics need, and tells what comes over them and when something may be missing. */
export class Notifications {
  readonly signals: Observable<Signal>;
  /** Channels that took the place of others, by why. */
  readonly rotations: Record<RotationReason, number> = { expiry: 0, closing: 0, stalled: 0, reload: 0 };
  readonly #deps: NotificationsDeps;
  readonly #settings: ShardSettings;
  readonly #plan: TopicPlan;
  readonly #signals = new Subject<Signal>();
  readonly #shards = new Map<number, { shard: Shard; run: Promise<void> }>();
  /** Desired topics for which there is no channel left. */
  #left: readonly string[] = [];
  /** Frames of shards that are no more. */
  #framesBefore = 0;
  readonly #end = deferred<Error | undefined>();
  #state: 'idle' | 'running' | 'stopped' = 'idle';

  constructor(deps: NotificationsDeps, { topics, silenceTimeout, rotateBefore }: NotificationSettings) {
    this.#deps = deps;
    this.#settings = { silenceTimeout, rotateBefore };
    this.signals = this.#signals.asObservable();
    this.#plan = new TopicPlan(
      {
        ...deps,
        onTopics: (wanted) => {
          if (this.#state === 'running') this.#share(wanted);
        },
      },
      topics,
    );
  }

  /** Whether every channel that is needed is connected, subscribed and heard of lately. */
  get connected(): boolean {
    return this.#shards.size > 0 && [...this.#shards.values()].every(({ shard }) => shard.connected);
  }

  /** Frames that came, whatever was in them. */
  get frames(): number {
    return this.#all((shard) => shard.frames).reduce((sum, frames) => sum + frames, this.#framesBefore);
  }

  /** Topics that are desired now. */
  get desired(): readonly string[] {
    return this.#plan.topics;
  }

  /** What the platform said of each desired topic, the last time that it was asked. */
  get topics(): readonly TopicState[] {
    const noRoom = { permitted: false, reason: 'no channel is left: an OAuth client has 20 of 1,000 topics each', missingPermissions: [] };
    return [...this.#all((shard) => shard.topics).flat(), ...this.#left.map((topic) => ({ topic, ...noRoom }))];
  }

  /** The channels, and where their connections are; times in ms from now. */
  get channels(): ChannelFigures[] {
    return this.#all((shard) => shard.figures);
  }

  /** Takes over new settings: topics change without touching a socket. */
  configure({ topics, silenceTimeout, rotateBefore }: NotificationSettings): void {
    Object.assign(this.#settings, { silenceTimeout, rotateBefore });
    for (const shard of this.#all((one) => one)) shard.replan();
    this.#plan.want(topics);
  }

  /** Makes new channels, and ends the present ones when those are there: for a new OAuth client or other hosts. */
  reconnect(): void {
    for (const shard of this.#all((one) => one)) shard.rotate('reload');
  }

  /**
   * Runs until `stop`. Rejects with `CredentialsRefused` only if the OAuth client is refused before it was ever
   * accepted; any other trouble is told and tried again.
   */
  async run(): Promise<void> {
    if (this.#state === 'stopped') this.#signals.complete();
    if (this.#state !== 'idle') return;
    this.#state = 'running';
    const fault = await this.#work().catch(asError);
    this.stop();
    await Promise.allSettled(this.#all((_, run) => run));
    this.#signals.complete();
    if (fault !== undefined) throw fault;
  }

  /** Resolves with what ended it: undefined if it was stopped. */
  async #work(): Promise<Error | undefined> {
    await this.#plan.expand();
    if (this.#isRunning()) this.#share(this.#plan.topics);
    return this.#isRunning() ? this.#end.promise : undefined;
  }

  /** Closes the sockets and ends `run`. */
  stop(): void {
    this.#state = 'stopped';
    this.#plan.stop();
    for (const shard of this.#all((one) => one)) shard.stop();
    this.#end.resolve(undefined);
  }

  #isRunning(): boolean {
    return this.#state === 'running';
  }

  #all<T>(of: (shard: Shard, run: Promise<void>) => T): T[] {
    return [...this.#shards.values()].map(({ shard, run }) => of(shard, run));
  }

  #share(topics: readonly string[]): void {
    const { log } = this.#deps;
    const present = new Map([...this.#shards].map(([number, { shard }]) => [number, shard.wanted]));
    const { shards, left } = assign(topics, present);
    if (left.length > 0 && left.length !== this.#left.length)
      log.error('topics.full', 'there are more topics than channels can hold: some are not subscribed to', { topics: left.length });
    this.#left = left;
    for (const [number, { shard }] of this.#shards) {
      if (shards.has(number)) continue;
      this.#framesBefore += shard.frames;
      shard.stop();
      this.#shards.delete(number);
    }
    for (const [number, wanted] of shards) {
      const there = this.#shards.get(number)?.shard;
      if (there === undefined) this.#add(number, wanted);
      else if (!isSame(there.wanted, wanted)) there.want(wanted);
    }
  }

  #add(number: number, topics: readonly string[]): void {
    const shard = new Shard(
      {
        ...this.#deps,
        settings: this.#settings,
        onSignal: (signal) => {
          this.#signals.next(signal);
        },
        onRotated: (reason) => {
          this.rotations[reason] += 1;
        },
      },
      topics,
    );
    const run = shard.run();
    run.catch((error: unknown) => {
      this.#end.resolve(asError(error));
    });
    this.#shards.set(number, { shard, run });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((topic, index) => topic === b[index]);
}
