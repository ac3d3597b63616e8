import { Subject, type Observable } from 'rxjs';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { LeaseTaken, type LeaseEntry, type LeaseStore, type Stop } from './coordinator.js';
import { Lease, type LeaseValue } from './lease.js';

/** Shares of the time to live: a lease is renewed three times within it, and looked after ten times. */
const renewals = 3;
const looks = 10;

export interface LeasesDeps {
  clock: Clock;
  deadlines: Deadlines;
  store: LeaseStore;
  instance: string;
  /** Names this run of the instance: entries of an earlier one are not its own. */
  session: string;
}

/** An entry as it is known here. */
export interface Seen {
  value: LeaseValue;
  revision: number;
  /** When it was first seen in this revision (clock's ms), or was last found to be there still. */
  at: number;
}

const valueSchema = z.looseObject({ by: z.string(), session: z.string() });

/**
 * The leases of a fleet, as this instance sees them, and those that it holds: it renews them, and gives one up as lost when
 * it is not sure to last any more. Nobody is told when somebody else's lease ages out: it counts as gone once nothing was
 * heard of it for its time to live, and who then takes it is told by the engine whether that is so.
 */
export class Leases {
  /** Something has changed, or time has: emitted in a turn of its own. */
  readonly changes: Observable<void>;
  readonly ttl: number;
  readonly #deps: LeasesDeps;
  readonly #seen = new Map<string, Seen>();
  readonly #held = new Map<string, { lease: Lease; onLost: () => void }>();
  readonly #changes = new Subject<void>();
  readonly #tick: Deadline;
  #stopWatch: Stop | undefined;
  #told = false;
  #stopped = false;

  constructor(deps: LeasesDeps) {
    this.#deps = deps;
    this.ttl = deps.store.ttl;
    this.changes = this.#changes.asObservable();
    this.#tick = deps.deadlines.idle(() => {
      this.#look();
    });
  }

  /** How often it looks after its leases, in ms. */
  get step(): number {
    return this.ttl / looks;
  }

  /** Begins to watch. Rejects with `CoordinatorFailed`. */
  async start(): Promise<void> {
    this.#stopWatch = await this.#deps.store.watch((entry) => {
      this.#see(entry);
    });
    this.#look();
  }

  /** Lets go of nothing: whoever stops has left what it held. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#tick.cancel();
    await this.#stopWatch?.();
  }

  /** Entries whose keys begin with `prefix` and a dot and that may still count, by the rest of their keys. */
  under(prefix: string): Map<string, Seen> {
    const found = new Map<string, Seen>();
    for (const [key, seen] of this.#seen)
      if (key.startsWith(`${prefix}.`) && this.#counts(seen)) found.set(key.slice(prefix.length + 1), seen);
    return found;
  }

  /** Whether the last that was known of a key is that somebody held it who has not given it back. */
  isAbandoned(key: string): boolean {
    const seen = this.#seen.get(key);
    return seen !== undefined && !this.#counts(seen);
  }

  /** Whether an entry is of this run of this instance. */
  isOwn({ value }: Pick<Seen, 'value'>): boolean {
    return value.session === this.#deps.session;
  }

  /** The lease of a key, if this instance holds it. */
  held(key: string): Lease | undefined {
    return this.#held.get(key)?.lease;
  }

  /**
   * Takes a lease that nobody seems to hold; undefined if somebody does. Rejects with `CoordinatorFailed`.
   * @param onLost called once if it is lost, not if it is left
   */
  async take(key: string, more: Readonly<Record<string, unknown>>, onLost: () => void): Promise<Lease | undefined> {
    const { store, clock, instance, session } = this.#deps;
    const value: LeaseValue = { ...more, by: instance, session };
    const sent = this.#moment();
    try {
      const revision = await store.create(key, JSON.stringify(value));
      const lease = new Lease({ key, revision, value }, { clock, ttl: this.ttl, sent });
      this.#held.set(key, { lease, onLost });
      return lease;
    } catch (error) {
      if (!(error instanceof LeaseTaken)) throw error;
      const seen = this.#seen.get(key);
      if (seen !== undefined && this.isOwn(seen)) await this.#drop(key, seen.revision);
      // it is there still, however old it seemed: asked for again a little later
      else if (seen !== undefined && !this.#counts(seen)) seen.at = clock.now() - this.ttl + this.step / 2;
      return undefined;
    }
  }

  /** Tells others something else with a lease, with its next renewal, which is now. */
  tell(lease: Lease, more: Readonly<Record<string, unknown>>): void {
    lease.value = { ...lease.value, ...more };
    this.#renew(lease);
  }

  /** Gives a lease back, for somebody else to take at once. Never rejects: what cannot be given back ages out. */
  async leave(lease: Lease): Promise<void> {
    lease.over = true;
    if (this.#held.get(lease.key)?.lease === lease) this.#held.delete(lease.key);
    await lease.busy;
    await this.#drop(lease.key, lease.revision);
  }

  async #drop(key: string, revision: number): Promise<void> {
    await this.#deps.store.delete(key, revision).catch(() => undefined);
  }

  #moment(): { now: number; wall: number } {
    const { clock } = this.#deps;
    return { now: clock.now(), wall: clock.wall() };
  }

  #counts({ at }: Seen): boolean {
    return this.#deps.clock.now() - at < this.ttl;
  }

  #see({ key, value, revision }: LeaseEntry): void {
    const seen = this.#seen.get(key);
    // after a loss of the connection all is told again
    if (seen !== undefined && seen.revision >= revision) return;
    const parsed = value === undefined ? undefined : parse(value);
    if (parsed === undefined) this.#seen.delete(key);
    else this.#seen.set(key, { value: parsed, revision, at: this.#deps.clock.now() });
    this.#tellChange();
  }

  #tellChange(): void {
    if (this.#told) return;
    this.#told = true;
    queueMicrotask(() => {
      this.#told = false;
      if (!this.#stopped) this.#changes.next();
    });
  }

  #look(): void {
    if (this.#stopped) return;
    const now = this.#deps.clock.now();
    for (const { lease } of this.#held.values()) {
      if (lease.left() === 0) this.#lost(lease);
      else if (now - lease.sentAt >= this.ttl / renewals) this.#renew(lease);
    }
    // what nobody renewed for several lives is not worth remembering
    for (const [key, { at }] of this.#seen) if (now - at > looks * this.ttl) this.#seen.delete(key);
    this.#tellChange();
    this.#tick.moveTo(now + this.step);
  }

  #renew(lease: Lease): void {
    const sent = this.#moment();
    lease.sentAt = sent.now;
    if (lease.renewing || lease.over) return;
    lease.renewing = true;
    const { store } = this.#deps;
    const told = JSON.stringify(lease.value);
    lease.busy = store
      .update(lease.key, told, lease.revision)
      .then(
        (revision) => {
          lease.renewed(revision, sent);
        },
        (error: unknown) => {
          // what failed otherwise may have happened all the same; it is sent again at the next look
          lease.sentAt = -Infinity;
          if (error instanceof LeaseTaken) this.#refused(lease);
        },
      )
      .then(() => {
        lease.renewing = false;
        // it was given something else to tell meanwhile
        if (JSON.stringify(lease.value) !== told) this.#renew(lease);
      });
  }

  /** A renewal was refused: by an earlier one of its own that was taken without an answer, or because somebody else holds it. */
  #refused(lease: Lease): void {
    const seen = this.#seen.get(lease.key);
    if (seen !== undefined && this.isOwn(seen) && seen.revision > lease.revision) lease.revision = seen.revision;
    else if (seen === undefined || !this.isOwn(seen)) this.#lost(lease);
  }

  #lost(lease: Lease): void {
    const held = this.#held.get(lease.key);
    if (lease.over || held?.lease !== lease) return;
    lease.over = true;
    this.#held.delete(lease.key);
    held.onLost();
  }
}

function parse(text: string): LeaseValue | undefined {
  try {
    return valueSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
