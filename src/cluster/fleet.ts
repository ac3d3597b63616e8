import { randomUUID } from 'node:crypto';
import { Subject, type Observable, type Subscription } from 'rxjs';
import type { Clock } from '../base/clock.js';
import type { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { EventOutcome } from '../conversation/registry.js';
import type { NotificationEvent } from '../genesys/frames.js';
import type { Signal } from '../genesys/notifications.js';
import type { Intent, IntentRequest } from '../intent/intent.js';
import { OutboxFull } from '../intent/outbox.js';
import type { Log } from '../observe/log.js';
import type { Tenure } from '../write/tenure.js';
import type { Coordinator, Stop } from './coordinator.js';
import { EventRouter } from './event-router.js';
import { Gossip } from './gossip.js';
import type { Lease } from './lease.js';
import { Leases } from './leases.js';
import { Members, type Member } from './members.js';
import { PartitionDesk } from './partition-desk.js';
import { partitionOf } from './partitions.js';
import { SharedOutbox } from './shared-outbox.js';
import type { SharedNotifications } from './shared-notifications.js';

/** A write may take this share of a lease's time to live, and is begun only with so much left of it. */
const writeShare = 1 / 3;

/** How often it is looked whether the last write of a partition has ended that is handed over, in ms. */
const leavingLook = 10;

export interface FleetOptions {
  coordinator: Coordinator;
  /** The name of this instance. */
  instance: string;
  partitions: number;
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
}

/** What the daemon does when partitions come and go. */
export interface Household {
  /** Takes in an event of a conversation that is this instance's. */
  observe: (event: NotificationEvent) => EventOutcome;
  /** Keeps what was kept of a partition elsewhere; returns what is not finished of it, in order of acceptance. */
  adopt: (intents: readonly Intent[]) => Intent[];
  /** Whether an intent is kept here. */
  has: (intentId: string) => boolean;
  /** Goes on with intents, for the conversations as they are now. */
  resume: (intents: readonly Intent[]) => void;
  /** Nothing more is to be begun of these conversations, and all that is known of them is to be forgotten. */
  abandon: (isGone: (conversationId: string) => boolean) => void;
  /** Nothing more is to be begun of these conversations. */
  cease: (isGone: (conversationId: string) => boolean) => void;
  /** Requests under way of these conversations. */
  underWay: (isAsked: (conversationId: string) => boolean) => number;
  /** Events of these conversations may have been missed since then (clock's ms); `over`: they come again. */
  gap: (isConcerned: (conversationId: string) => boolean, since: number | undefined, over: boolean) => void;
}

/** What is told of the fleet. */
export interface FleetFigures {
  instance: string;
  /** Whether NATS can be reached. */
  reachable: boolean;
  partitions: number;
  /** How many of them are this instance's. */
  owned: number;
  members: (Omit<Member, 'token'> & { partitions: number; channels: number })[];
  /** Channel shards that this instance runs. */
  channels: number[];
  /** Its share of the budget of its token. */
  budgetShare: number;
  events: { handled: number; forwarded: number; missed: number };
}

/** Where a partition is that is this instance's: `fetching` until all that is kept of it is known here. */
interface Tenancy {
  fence: number;
  at: 'fetching' | 'whole' | 'leaving';
  stops: Stop[];
  /** Intents that go on when it is whole. */
  waiting: Intent[];
}

/** This instance as one of a fleet: which conversations are its own, and what comes of that. */
export class Fleet implements Tenure {
  readonly writeWithin: number;
  readonly store: SharedOutbox;
  readonly router: EventRouter;
  readonly leases: Leases;
  readonly members: Members;
  /** Members, shares or ownership have changed, or some time has passed. */
  readonly changes: Observable<void>;
  readonly #options: FleetOptions;
  readonly #changes = new Subject<void>();
  readonly #desk: PartitionDesk;
  readonly #gossip: Gossip;
  readonly #tenancies = new Map<number, Tenancy>();
  readonly #subscriptions: Subscription[] = [];
  #household: Household | undefined;
  #notifications: SharedNotifications | undefined;
  #reachable = true;
  /** Since when events could not be handed on (clock's ms). */
  #missedSince: number | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { coordinator, instance, partitions, clock, deadlines, log } = options;
    this.changes = this.#changes.asObservable();
    const leases = (this.leases = new Leases({ clock, deadlines, store: coordinator.leases, instance, session: randomUUID() }));
    this.writeWithin = Math.floor(leases.ttl * writeShare);
    this.members = new Members({ leases, log, instance });
    const fenceOf = (partition: number): number | undefined => this.#desk.lease(partition)?.fence;
    this.store = new SharedOutbox({
      stream: coordinator.intents,
      partitionOf: (id) => this.partitionOf(id),
      // what a partition that is handed over still has to keep is kept
      fence: (partition) => this.#tenancies.get(partition)?.fence,
    });
    this.router = new EventRouter({
      clock,
      instance,
      stream: coordinator.events,
      partitionOf: (id) => this.partitionOf(id),
      fence: (partition) => (this.#tenancies.get(partition)?.at === 'whole' ? fenceOf(partition) : undefined),
      observe: (event) => this.#household?.observe(event) ?? 'ignored',
      onMissed: () => {
        this.#missedSince ??= clock.now();
      },
      onKept: () => {
        // where NATS was away, that is told with what this instance missed itself
        if (this.#reachable) this.#tellMissed();
      },
    });
    this.#desk = new PartitionDesk({
      leases,
      members: this.members,
      log,
      count: partitions,
      onTaken: (partition, lease) => this.#taken(partition, lease),
      onLeaving: (partition) => this.#leaving(partition),
      onGone: (partition) => {
        this.#gone(partition);
      },
    });
    this.#gossip = new Gossip({
      clock,
      asks: coordinator.asks,
      instance,
      onGap: (since, over) => this.#household?.gap((id) => this.owns(id), since, over),
    });
  }

  get instance(): string {
    return this.#options.instance;
  }

  /** Wall time, ms since the epoch. */
  wall(): number {
    return this.#options.clock.wall();
  }

  partitionOf(conversationId: string): number {
    return partitionOf(conversationId, this.#options.partitions);
  }

  left(conversationId: string): number {
    const partition = this.partitionOf(conversationId);
    return this.#tenancies.get(partition)?.at === 'whole' ? (this.#desk.lease(partition)?.left() ?? 0) : 0;
  }

  /** Whether a conversation is this instance's, and all that is kept of it is known here. */
  owns(conversationId: string): boolean {
    const partition = this.partitionOf(conversationId);
    return this.#tenancies.get(partition)?.at === 'whole' && this.#desk.lease(partition) !== undefined;
  }

  fence(conversationId: string): number | undefined {
    return this.#desk.lease(this.partitionOf(conversationId))?.fence;
  }

  /** Who owns a conversation: this instance only when it knows all that is kept of it; undefined if nobody does just now. */
  ownerOf(conversationId: string): string | undefined {
    if (this.owns(conversationId)) return this.instance;
    const owner = this.#desk.owner(this.partitionOf(conversationId));
    return owner === this.instance ? undefined : owner;
  }

  /** Joins. Resolves when it has begun; rejects with `CoordinatorFailed`. */
  async start(household: Household, notifications: SharedNotifications): Promise<void> {
    this.#household = household;
    this.#notifications = notifications;
    const { coordinator } = this.#options;
    await this.#gossip.start();
    this.#subscriptions.push(
      coordinator.reachable.subscribe((reachable) => {
        this.#onReachable(reachable);
      }),
      this.leases.changes.subscribe(() => {
        this.#reconsider();
      }),
      notifications.shared.subscribe(({ signal, others }) => {
        this.#onSignal(signal, others);
      }),
    );
    await this.leases.start();
  }

  /** Tells the others how this instance is. */
  tell(self: { able: boolean; token: string | undefined }): void {
    this.members.tell(self);
  }

  /** This instance's share of the budget of its token: by the partitions of all who have the same one. */
  get budgetShare(): number {
    const all = this.members.all();
    const token = all.find(({ instance }) => instance === this.instance)?.token;
    if (token === undefined) return 1;
    const holdings = this.#desk.holdings();
    // one more for each: whoever has no partition has a channel, or will
    const weight = (instance: string): number => 1 + (holdings.get(instance) ?? 0);
    const sharing = all.filter((member) => member.token === token || member.instance === this.instance);
    return weight(this.instance) / sharing.reduce((sum, { instance }) => sum + weight(instance), 0);
  }

  /** Accepts a wish for a conversation that nobody owns just now: whoever takes it over will. Rejects with `OutboxFull`. */
  async accept(request: IntentRequest): Promise<Intent> {
    const { clock, coordinator } = this.#options;
    const intent: Intent = {
      ...request,
      id: request.id ?? randomUUID(),
      sequence: 0,
      acceptedAt: clock.wall(),
      state: 'accepted',
      attempts: 0,
    };
    try {
      const partition = this.partitionOf(request.conversationId);
      return { ...intent, sequence: await coordinator.intents.add(partition, intent.id, JSON.stringify(intent)) };
    } catch (error) {
      throw new OutboxFull(messageOf(error), { cause: error });
    }
  }

  get figures(): FleetFigures {
    const { instance, partitions } = this.#options;
    const [held, run] = [this.#desk.holdings(), this.#notifications?.desk.holdings()];
    return {
      instance,
      reachable: this.#reachable,
      partitions,
      owned: this.#desk.owned.length,
      members: this.members
        .all()
        .map(({ instance: name, able }) => ({ instance: name, able, partitions: held.get(name) ?? 0, channels: run?.get(name) ?? 0 })),
      channels: this.#notifications?.desk.open ?? [],
      budgetShare: this.budgetShare,
      events: this.router.counts,
    };
  }

  /** Why it cannot do its part; undefined if it can. */
  get trouble(): string | undefined {
    if (!this.#reachable) return 'NATS cannot be reached';
    return this.members.joined ? undefined : 'it is no member of the fleet yet';
  }

  /** Hands all over and leaves. Never rejects. */
  async stop(): Promise<void> {
    await this.#desk.stop();
    await this.members.leave();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await this.#gossip.stop().catch(() => undefined);
    await this.leases.stop().catch(() => undefined);
    this.#changes.complete();
  }

  #reconsider(): void {
    void this.members.join();
    this.#desk.reconsider();
    this.#notifications?.reconsider();
    this.#changes.next();
  }

  #onSignal(signal: Signal, others: readonly string[]): void {
    if (signal.kind === 'event') {
      this.router.route(signal.event, others);
      return;
    }
    this.#household?.gap((id) => this.owns(id), signal.since, signal.over);
    this.#gossip.gap(signal.since, signal.over);
  }

  #onReachable(reachable: boolean): void {
    const { clock, log } = this.#options;
    if (reachable === this.#reachable) return;
    this.#reachable = reachable;
    if (!reachable) {
      this.#missedSince ??= clock.now();
      log.warn('cluster.cut', 'NATS cannot be reached: what this instance owns is another one’s when its leases are over', {});
      return;
    }
    log.info('cluster.back', 'NATS is reached again', {});
    // what came over own channels did not reach the others, and theirs did not come here
    this.#household?.gap((id) => this.owns(id), this.#missedSince, true);
    this.#tellMissed();
  }

  /** Others missed what was to be handed on to them. */
  #tellMissed(): void {
    if (this.#missedSince !== undefined) this.#gossip.gap(this.#missedSince, true);
    this.#missedSince = undefined;
  }

  /** Fetches a partition: first what is wished and what rules have done, then the conversations. */
  async #taken(partition: number, lease: Lease): Promise<void> {
    const household = this.#household;
    if (household === undefined) throw new Error('the fleet was not started');
    const tenancy: Tenancy = { fence: lease.fence, at: 'fetching', stops: [], waiting: [] };
    this.#tenancies.set(partition, tenancy);
    // what was accepted here as an earlier tenure ended stands on the stream
    household.abandon((id) => this.partitionOf(id) === partition);
    const taken = await this.store.take(partition, (intent) => {
      this.#arrived(intent);
    });
    tenancy.stops.push(taken.stop);
    if (this.#isOver(partition, tenancy)) return;
    tenancy.waiting.push(...household.adopt(taken.intents));
    const stop = await this.router.follow(partition, lease.fence, () => {
      // it may be leaving by now
      if (tenancy.at === 'fetching') tenancy.at = 'whole';
    });
    tenancy.stops.push(stop);
    if (this.#isOver(partition, tenancy) || tenancy.at !== 'whole') return;
    // who had it before may have missed something
    household.gap((id) => this.partitionOf(id) === partition, undefined, true);
    household.resume(tenancy.waiting.splice(0));
  }

  /** An intent has come by the stream: from another instance, or one of its own that it knows. */
  #arrived(intent: Intent): void {
    const household = this.#household;
    const partition = this.partitionOf(intent.conversationId);
    const tenancy = this.#tenancies.get(partition);
    // it was on its way when the partition became another instance's, or this one slept since
    if (tenancy === undefined || (this.#desk.lease(partition)?.left() ?? 0) === 0) return;
    const adopted = household?.adopt([intent]) ?? [];
    // a firing that was accepted twice, by a former owner and this one, is one
    if (household?.has(intent.id) === false) void this.store.drop(intent.id);
    if (tenancy.at === 'whole') household?.resume(adopted);
    else tenancy.waiting.push(...adopted);
  }

  #isOver(partition: number, tenancy: Tenancy): boolean {
    if (this.#tenancies.get(partition) === tenancy) return false;
    // what was read when it was another one's already
    if (!this.#tenancies.has(partition)) this.store.release(partition);
    void this.#end(tenancy);
    return true;
  }

  async #leaving(partition: number): Promise<void> {
    const tenancy = this.#tenancies.get(partition);
    const household = this.#household;
    if (tenancy === undefined || household === undefined) return;
    const isGone = (id: string): boolean => this.partitionOf(id) === partition;
    tenancy.at = 'leaving';
    household.cease(isGone);
    while (household.underWay(isGone) > 0) await this.#options.deadlines.pause(leavingLook);
    await this.store.settled(partition);
  }

  #gone(partition: number): void {
    const tenancy = this.#tenancies.get(partition);
    this.#tenancies.delete(partition);
    this.store.release(partition);
    this.#household?.abandon((id) => this.partitionOf(id) === partition);
    if (tenancy !== undefined) void this.#end(tenancy);
  }

  async #end(tenancy: Tenancy): Promise<void> {
    for (const stop of tenancy.stops.splice(0)) await stop().catch(() => undefined);
  }
}
