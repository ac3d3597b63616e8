import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { filter, firstValueFrom, map, startWith } from 'rxjs';
import type { Clock } from '../base/clock.js';
import type { Deadlines } from '../base/deadlines.js';
import type { ClusterConfig } from '../config/schema.js';
import type { Answer } from '../genesys/answer.js';
import type { Budget } from '../genesys/budget.js';
import type { NotificationEvent } from '../genesys/frames.js';
import type { HttpRequest } from '../genesys/http.js';
import type { NotificationsDeps, NotificationSettings, NotificationSource } from '../genesys/notifications.js';
import type { TokenSource } from '../genesys/token.js';
import type { Intent } from '../intent/intent.js';
import type { Log } from '../observe/log.js';
import { CoordinatorFailed, type Coordinator } from './coordinator.js';
import type { Routed } from './event-router.js';
import { Feed } from './feed.js';
import { FleetRelay } from './fleet-relay.js';
import { Fleet } from './fleet.js';
import { householdOf, type HouseholdDeps } from './household.js';
import { Reach } from './reach.js';
import { SharedNotifications } from './shared-notifications.js';

export interface FleetSideDeps {
  coordinator: Coordinator;
  cluster: ClusterConfig;
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  random: () => number;
  exchange: (request: HttpRequest) => Promise<Answer>;
  apiUrl: () => string;
}

/** What a daemon has more as one of a fleet, wired. */
export class FleetSide {
  readonly fleet: Fleet;
  readonly reach: Reach;
  readonly relay: FleetRelay;
  readonly #deps: FleetSideDeps;
  readonly #feeds: readonly Feed[];
  #notifications: SharedNotifications | undefined;
  #tellSelf: () => void = () => undefined;

  constructor(deps: FleetSideDeps) {
    this.#deps = deps;
    const { coordinator, cluster, clock, log } = deps;
    this.fleet = new Fleet({ ...deps, instance: cluster.instance ?? hostname(), partitions: cluster.partitions });
    this.#feeds = cluster.feeds.map((feed) => new Feed({ ...deps, feeds: coordinator.feeds, take: (event) => this.take(event) }, feed));
    this.relay = new FleetRelay(this.fleet, coordinator.asks);
    this.reach = new Reach({
      ...deps,
      clock,
      ttl: cluster.leaseTtl,
      onChange: () => {
        if (this.reach.able) log.info('cluster.able', 'this instance reaches the platform again', {});
        else log.warn('cluster.unable', 'this instance does not reach the platform: what it owns goes to those that do', {});
        this.#tellSelf();
      },
    });
  }

  /** The channels that the fleet shares. */
  listen(deps: NotificationsDeps, settings: NotificationSettings): NotificationSource {
    const { leases, members } = this.fleet;
    return (this.#notifications = new SharedNotifications({ ...deps, leases, members, shares: this.#deps.coordinator.shares }, settings));
  }

  /** Joins the fleet. Rejects with `CoordinatorFailed`. */
  async join({
    token,
    budget,
    onIntent,
    ...rooms
  }: Omit<HouseholdDeps, 'resume'> & { token: TokenSource; budget: Budget; onIntent: (intent: Intent) => void }): Promise<void> {
    if (this.#notifications === undefined) throw new Error('the fleet has no channels to listen to');
    this.#tellSelf = () => {
      const { current } = token;
      const digest = current === undefined ? undefined : createHash('sha256').update(current).digest('hex').slice(0, tokenDigits);
      this.fleet.tell({ able: this.reach.able, token: digest });
      budget.share(this.fleet.budgetShare);
    };
    this.fleet.changes.subscribe(() => {
      this.#tellSelf();
    });
    await this.fleet.start(householdOf({ ...rooms, resume: onIntent }), this.#notifications);
    for (const feed of this.#feeds) void feed.start();
  }

  /** Resolves when it is a member, and every channel that it runs is open. */
  get ready(): Promise<void> {
    const notifications = this.#notifications;
    return firstValueFrom(
      this.fleet.changes.pipe(
        startWith(undefined),
        filter(() => notifications?.connected === true),
        map(() => undefined),
      ),
      { defaultValue: undefined },
    );
  }

  /** Takes in an event that came otherwise than over a channel. Rejects if it could not be handed on to the instance that it is for. */
  async take(event: NotificationEvent): Promise<Routed> {
    const { outcome, kept } = this.fleet.router.route(event);
    if (!(await kept) && outcome === 'forwarded') throw new CoordinatorFailed('the event could not be handed on: NATS cannot be reached');
    return outcome;
  }

  /** Hands all over and leaves. */
  async leave(): Promise<void> {
    this.reach.stop();
    for (const feed of this.#feeds) await feed.stop();
    await this.#notifications?.stopped();
    await this.fleet.stop();
    await this.relay.stop();
    this.#deps.log.info('cluster.left', 'this instance is a member of the fleet no more', { instance: this.fleet.instance });
  }
}

/** Enough of a digest to tell tokens apart, and nothing to guess one by. */
const tokenDigits = 16;
