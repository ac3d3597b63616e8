import { Subject, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import type { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import type { Agents } from './agents.js';
import { assign } from './assignment.js';
import type { Channel, TopicState } from './channel.js';
import type { BodyReader } from './frame-bytes.js';
import type { RestClient } from './rest.js';
import type { Selector } from './selectors.js';
import type { ChannelFigures, ShardSettings, Signal } from './shard.js';
import { Shards } from './shards.js';
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
  /** What is asked of an event's body; without it each frame is made whole. */
  readBody?: BodyReader | undefined;
}

/** The channels that tell what the platform tells, and what is known of their topics. */
export interface NotificationSource {
  readonly signals: Observable<Signal>;
  /** Channels that took the place of others, by why. */
  readonly rotations: Record<RotationReason, number>;
  /** Whether every channel that is needed is connected, subscribed and heard of lately. */
  readonly connected: boolean;
  /** Frames that came, whatever was in them. */
  readonly frames: number;
  /** Topics that are desired now. */
  readonly desired: readonly string[];
  /** What the platform said of each desired topic, the last time that it was asked. */
  readonly topics: readonly TopicState[];
  /** The channels, and where their connections are; times in ms from now. */
  readonly channels: ChannelFigures[];
  /** Takes over new settings: topics change without touching a socket. */
  configure(settings: NotificationSettings): void;
  /** Makes new channels, and ends the present ones when those are there: for a new OAuth client or other hosts. */
  reconnect(): void;
  /**
   * Runs until `stop`. Rejects with `CredentialsRefused` only if the OAuth client is refused before it was ever
   * accepted; any other trouble is told and tried again.
   */
  run(): Promise<void>;
  /** Closes the sockets and ends `run`. */
  stop(): void;
}

/** Keeps as many channels connected and subscribed as the topics need, and tells what comes over them and when something may be missing. */
export class Notifications implements NotificationSource {
  readonly signals: Observable<Signal>;
  readonly #deps: NotificationsDeps;
  readonly #settings: ShardSettings;
  readonly #plan: TopicPlan;
  readonly #signals = new Subject<Signal>();
  readonly #shards: Shards;
  /** Desired topics for which there is no channel left. */
  #left: readonly string[] = [];
  readonly #end = deferred<Error | undefined>();
  #state: 'idle' | 'running' | 'stopped' = 'idle';

  constructor(deps: NotificationsDeps, { topics, silenceTimeout, rotateBefore }: NotificationSettings) {
    this.#deps = deps;
    this.#settings = { silenceTimeout, rotateBefore };
    this.signals = this.#signals.asObservable();
    this.#shards = new Shards({
      ...deps,
      settings: this.#settings,
      onSignal: (signal) => {
        this.#signals.next(signal);
      },
      onFault: (error) => {
        this.#end.resolve(error);
      },
    });
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

  get rotations(): Record<RotationReason, number> {
    return this.#shards.rotations;
  }

  get connected(): boolean {
    return this.#shards.size > 0 && this.#shards.connected;
  }

  get frames(): number {
    return this.#shards.frames;
  }

  get desired(): readonly string[] {
    return this.#plan.topics;
  }

  get topics(): readonly TopicState[] {
    return [...this.#shards.topics, ...withoutRoom(this.#left)];
  }

  get channels(): ChannelFigures[] {
    return this.#shards.channels;
  }

  configure({ topics, silenceTimeout, rotateBefore }: NotificationSettings): void {
    Object.assign(this.#settings, { silenceTimeout, rotateBefore });
    this.#shards.replan();
    this.#plan.want(topics);
  }

  reconnect(): void {
    this.#shards.reconnect();
  }

  async run(): Promise<void> {
    if (this.#state === 'stopped') this.#signals.complete();
    if (this.#state !== 'idle') return;
    this.#state = 'running';
    const fault = await this.#work().catch(asError);
    this.stop();
    await this.#shards.stop();
    this.#signals.complete();
    if (fault !== undefined) throw fault;
  }

  /** Resolves with what ended it: undefined if it was stopped. */
  async #work(): Promise<Error | undefined> {
    await this.#plan.expand();
    if (this.#isRunning()) this.#share(this.#plan.topics);
    return this.#isRunning() ? this.#end.promise : undefined;
  }

  stop(): void {
    this.#state = 'stopped';
    this.#plan.stop();
    void this.#shards.stop();
    this.#end.resolve(undefined);
  }

  #isRunning(): boolean {
    return this.#state === 'running';
  }

  #share(topics: readonly string[]): void {
    const { shards, left } = assign(topics, this.#shards.wanted);
    tellFull(this.#deps.log, left, this.#left);
    this.#left = left;
    for (const number of this.#shards.wanted.keys()) if (!shards.has(number)) this.#shards.remove(number);
    for (const [number, wanted] of shards) this.#shards.want(number, wanted);
  }
}

/** Tells that there are topics for which no channel is left, when their number is another one than before. */
export function tellFull(log: Log, left: readonly string[], before: readonly string[]): void {
  if (left.length > 0 && left.length !== before.length)
    log.error('topics.full', 'there are more topics than channels can hold: some are not subscribed to', { topics: left.length });
}

/** What is said of topics for which no channel is left. */
export function withoutRoom(topics: readonly string[]): TopicState[] {
  const reason = 'no channel is left: an OAuth client has 20 of 1,000 topics each';
  return topics.map((topic) => ({ topic, permitted: false, reason, missingPermissions: [] }));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
