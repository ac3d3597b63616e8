import { Subject, type Observable } from 'rxjs';
import { z } from 'zod';
import { deferred } from '../base/deferred.js';
import { assign } from '../genesys/assignment.js';
import type { TopicState } from '../genesys/channel.js';
import {
  tellFull,
  withoutRoom,
  type NotificationsDeps,
  type NotificationSettings,
  type NotificationSource,
  type Signal,
} from '../genesys/notifications.js';
import type { ChannelFigures, ShardSettings } from '../genesys/shard.js';
import { Shards } from '../genesys/shards.js';
import { TopicPlan } from '../genesys/topic-plan.js';
import type { RotationReason } from '../genesys/vigil.js';
import { ChannelDesk } from './channel-desk.js';
import type { ShareStore, Stop } from './coordinator.js';
import type { Lease } from './lease.js';
import type { Leases } from './leases.js';
import type { Members } from './members.js';

/** Under this key in the lease store stands who shares the topics out. */
const planKey = 'plan.topics';

/** Topics of one shard are in the share store under this and its number. */
const sharePrefix = 'topics.';

/** The old channel is listened to so long after the new one is there, in ms: as where a channel is replaced (shard.ts). */
const linger = 2_000;

const topicsSchema = z.array(z.string());

export interface SharedNotificationsDeps extends NotificationsDeps {
  leases: Leases;
  members: Members;
  shares: ShareStore;
}

/** A signal, and the instances whose channels tell the same while a shard changes hands. */
export interface SharedSignal {
  signal: Signal;
  others: readonly string[];
}

/**
 * The channels of a fleet: one instance shares the topics out to shards, as a lone daemon does for itself, and each shard is
 * run by one instance, so that the platform has no more channels than it takes.
 */
export class SharedNotifications implements NotificationSource {
  readonly signals: Observable<Signal>;
  /** The same with more beside it. */
  readonly shared: Observable<SharedSignal>;
  readonly desk: ChannelDesk;
  readonly #deps: SharedNotificationsDeps;
  readonly #settings: ShardSettings;
  readonly #signals = new Subject<Signal>();
  readonly #shared = new Subject<SharedSignal>();
  readonly #shards: Shards;
  readonly #plan: TopicPlan;
  readonly #shares = new Map<number, readonly string[]>();
  readonly #end = deferred<Error | undefined>();
  #planning: Lease | 'taking' | undefined;
  #left: readonly string[] = [];
  #state: 'idle' | 'running' | 'stopped' = 'idle';
  #stopWatch: Stop | undefined;

  constructor(deps: SharedNotificationsDeps, { topics, silenceTimeout, rotateBefore }: NotificationSettings) {
    this.#deps = deps;
    this.#settings = { silenceTimeout, rotateBefore };
    this.signals = this.#signals.asObservable();
    this.shared = this.#shared.asObservable();
    this.#shards = new Shards({
      ...deps,
      settings: this.#settings,
      onSignal: (signal, number) => {
        this.#onSignal(signal, this.desk.others(number));
      },
      onFault: (error) => {
        this.#end.resolve(error);
      },
    });
    this.desk = new ChannelDesk({
      ...deps,
      numbers: () => [...this.#shares.keys()],
      open: (number) => {
        this.#shards.want(number, this.#shares.get(number) ?? []);
      },
      isOpen: (number) => this.#shards.isConnected(number),
      close: (number) => {
        this.#shards.remove(number);
      },
      onAbandoned: () => {
        this.#shared.next({ signal: this.#silent(true), others: [] });
      },
      linger: () => deps.deadlines.pause(linger),
    });
    this.#plan = new TopicPlan(
      {
        ...deps,
        onTopics: (wanted) => {
          this.#share(wanted);
        },
      },
      topics,
    );
  }

  get rotations(): Record<RotationReason, number> {
    return this.#shards.rotations;
  }

  get connected(): boolean {
    return this.#state === 'running' && this.#deps.members.joined && this.#shards.connected;
  }

  get frames(): number {
    return this.#shards.frames;
  }

  get desired(): readonly string[] {
    return [...this.#shares.values()].flat();
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
    if (this.#isPlanner()) this.#plan.want(topics);
    else this.#plan.prefer(topics);
  }

  reconnect(): void {
    this.#shards.reconnect();
  }

  async run(): Promise<void> {
    if (this.#state !== 'idle') return;
    this.#state = 'running';
    this.#stopWatch = await this.#deps.shares.watch((key, text) => {
      this.#learn(key, text);
    });
    this.reconsider();
    const fault = await this.#end.promise;
    await this.stopped();
    this.#signals.complete();
    this.#shared.complete();
    if (fault !== undefined) throw fault;
  }

  stop(): void {
    this.#state = 'stopped';
    this.#end.resolve(undefined);
  }

  /** Hands its shards over and ends its channels. */
  async stopped(): Promise<void> {
    this.stop();
    this.#plan.stop();
    await this.#stopWatch?.();
    await this.desk.stop();
    if (this.#planning !== undefined && this.#planning !== 'taking') await this.#deps.leases.leave(this.#planning);
    await this.#shards.stop();
  }

  /** Looks what is due to whom; to be called at each change of the leases. */
  reconsider(): void {
    if (this.#state !== 'running') return;
    void this.#takePlan();
    this.desk.reconsider();
  }

  #isPlanner(): boolean {
    return this.#planning !== undefined && this.#planning !== 'taking' && !this.#planning.over;
  }

  #onSignal(signal: Signal, others: readonly string[]): void {
    this.#signals.next(signal);
    if (signal.kind === 'event') {
      this.#shared.next({ signal, others });
      return;
    }
    // a channel has opened, perhaps
    this.desk.reconsider();
    // the first one of this instance: beside another one nothing is missed
    if (signal.since !== undefined) this.#shared.next({ signal, others });
    else if (others.length === 0) this.#shared.next({ signal: this.#silent(signal.over), others });
  }

  /** Another instance's channel, which is no more, was sure to be there until its lease was renewed last. */
  #silent(over: boolean): Signal {
    const { clock, leases } = this.#deps;
    return { kind: 'gap', since: clock.now() - 2 * leases.ttl, over };
  }

  /** One instance expands the selectors, for all. */
  async #takePlan(): Promise<void> {
    const { leases, members } = this.#deps;
    const self = members.all().find(({ instance }) => instance === members.instance);
    if (this.#isPlanner()) {
      // who cannot reach the platform cannot expand
      if (self?.able === false && members.all().some(({ able }) => able)) await this.#leavePlan();
      return;
    }
    if (this.#planning === 'taking' || self?.able !== true || leases.under('plan').size > 0) return;
    this.#planning = 'taking';
    this.#planning = await leases
      .take(planKey, {}, () => {
        this.#planning = undefined;
        this.#plan.stop();
      })
      .catch(() => undefined);
    if (!this.#isPlanner()) return;
    await this.#plan.expand().catch((error: unknown) => {
      this.#end.resolve(error instanceof Error ? error : new Error(String(error)));
    });
    this.#share(this.#plan.topics);
  }

  async #leavePlan(): Promise<void> {
    const planning = this.#planning;
    this.#planning = undefined;
    this.#plan.stop();
    if (planning !== undefined && planning !== 'taking') await this.#deps.leases.leave(planning);
  }

  #share(topics: readonly string[]): void {
    const { shares, log } = this.#deps;
    if (!this.#isPlanner() || this.#state !== 'running') return;
    const { shards, left } = assign(topics, this.#shares);
    tellFull(log, left, this.#left);
    this.#left = left;
    const failed = (): void =>
      void this.#deps.deadlines.after(this.#deps.leases.ttl, () => {
        this.#share(this.#plan.topics);
      });
    for (const number of this.#shares.keys()) if (!shards.has(number)) void shares.delete(`${sharePrefix}${number}`).catch(failed);
    for (const [number, wanted] of shards)
      if (JSON.stringify(this.#shares.get(number)) !== JSON.stringify(wanted))
        void shares.put(`${sharePrefix}${number}`, JSON.stringify(wanted)).catch(failed);
  }

  #learn(key: string, text: string | undefined): void {
    if (!key.startsWith(sharePrefix)) return;
    const number = Number(key.slice(sharePrefix.length));
    const topics = text === undefined ? undefined : topicsSchema.safeParse(JSON.parse(text)).data;
    if (topics === undefined) this.#shares.delete(number);
    else this.#shares.set(number, topics);
    if (topics !== undefined && this.desk.open.includes(number)) this.#shards.want(number, topics);
    this.desk.reconsider();
  }
}
