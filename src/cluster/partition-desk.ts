import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import type { Lease } from './lease.js';
import type { Leases } from './leases.js';
import type { Members } from './members.js';
import { inOwnOrder, quotas } from './share-out.js';

/** Where the partitions stand in the lease store. */
const prefix = 'partition';

export interface PartitionDeskDeps {
  leases: Leases;
  members: Members;
  log: Log;
  /** How many there are. */
  count: number;
  /** This instance has it from now on: all that belongs to it is fetched. Rejects if that fails: it is given back. */
  onTaken: (partition: number, lease: Lease) => Promise<void>;
  /** It goes to somebody else: resolves when no write of it is under way any more and all that matters is kept. */
  onLeaving: (partition: number) => Promise<void>;
  /** It is not this instance's any more. */
  onGone: (partition: number) => void;
}

/** Where a partition is that this instance has to do with. */
type Desk = { at: 'taking' } | { at: 'held'; lease: Lease } | { at: 'leaving'; lease: Lease };

/** Which partitions this instance owns: takes those that are due to it, and hands over those that are due to others. */
export class PartitionDesk {
  readonly #deps: PartitionDeskDeps;
  readonly #desks = new Map<number, Desk>();
  #stopping = false;
  /** What has been taken or given back since it was last told, with the fences. */
  readonly #news = { acquired: new Map<number, number>(), released: new Map<number, number>(), lost: new Map<number, number>() };

  constructor(deps: PartitionDeskDeps) {
    this.#deps = deps;
  }

  /** The lease of a partition that this instance owns and does not hand over. */
  lease(partition: number): Lease | undefined {
    const desk = this.#desks.get(partition);
    return desk?.at === 'held' && !desk.lease.over ? desk.lease : undefined;
  }

  /** Partitions that this instance owns. */
  get owned(): number[] {
    return [...this.#desks].filter(([, { at }]) => at === 'held').map(([partition]) => partition);
  }

  /** Who owns a partition, as far as is known; undefined if nobody does. */
  owner(partition: number): string | undefined {
    return this.#deps.leases.under(prefix).get(String(partition))?.value.by;
  }

  /** How many each member holds. */
  holdings(): Map<string, number> {
    const holds = new Map<string, number>();
    for (const { value } of this.#deps.leases.under(prefix).values()) holds.set(value.by, (holds.get(value.by) ?? 0) + 1);
    return holds;
  }

  /** Looks what is due to whom; to be called at each change. */
  reconsider(): void {
    this.#tellNews();
    const { members, leases, count, log } = this.#deps;
    if (this.#stopping || !members.joined) return;
    const there = leases.under(prefix);
    const holds = this.holdings();
    const self = members.all().find(({ instance }) => instance === this.#instance);
    if (self === undefined) return;
    const mine = [...this.#desks.values()].filter(({ at }) => at !== 'leaving').length;
    holds.set(self.instance, mine);
    const all = members.all().map(({ instance, able }) => ({ name: instance, able, holds: holds.get(instance) ?? 0 }));
    const quota = quotas(all, count).get(self.instance) ?? 0;
    if (mine > quota) {
      const held = this.owned;
      for (const partition of held.slice(held.length - (mine - quota))) void this.#leave(partition);
    }
    if (mine < quota) {
      const free = Array.from({ length: count }, (_, partition) => partition).filter(
        (partition) => !this.#desks.has(partition) && !there.has(String(partition)),
      );
      const due = inOwnOrder(free, self.instance).slice(0, quota - mine);
      if (due.length > 0) log.debug('cluster.taking', 'partitions are free that are due to this instance', { partitions: due });
      for (const partition of due) void this.#take(partition);
    }
  }

  /** Hands all over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.owned.map((partition) => this.#leave(partition)));
    this.#tellNews();
  }

  get #instance(): string {
    return this.#deps.members.instance;
  }

  async #take(partition: number): Promise<void> {
    const { leases, onTaken } = this.#deps;
    this.#desks.set(partition, { at: 'taking' });
    let lease: Lease | undefined;
    try {
      lease = await leases.take(`${prefix}.${partition}`, {}, () => {
        this.#lost(partition);
      });
      if (lease === undefined) {
        this.#desks.delete(partition);
        return;
      }
      if (this.#stopping) {
        this.#desks.delete(partition);
        await leases.leave(lease);
        return;
      }
      this.#desks.set(partition, { at: 'held', lease });
      this.#news.acquired.set(partition, lease.fence);
      await onTaken(partition, lease);
    } catch (error) {
      if (lease === undefined) {
        // the engine gave no answer, which is told by who watches it
        this.#desks.delete(partition);
        return;
      }
      const { fence } = lease;
      this.#deps.log.warn('cluster.unread', 'what is kept of a partition cannot be read: somebody else may try', {
        partition,
        fence,
        error: messageOf(error),
      });
      if (!lease.over) await this.#leave(partition);
    }
  }

  async #leave(partition: number): Promise<void> {
    const desk = this.#desks.get(partition);
    if (desk?.at !== 'held') return;
    const { lease } = desk;
    this.#desks.set(partition, { at: 'leaving', lease });
    await this.#deps.onLeaving(partition).catch(() => undefined);
    // it may have been lost meanwhile
    if (this.#desks.get(partition)?.at !== 'leaving') return;
    this.#gone(partition);
    this.#news.released.set(partition, lease.fence);
    await this.#deps.leases.leave(lease);
  }

  #lost(partition: number): void {
    const desk = this.#desks.get(partition);
    if (desk !== undefined && desk.at !== 'taking') this.#news.lost.set(partition, desk.lease.fence);
    this.#gone(partition);
  }

  #gone(partition: number): void {
    this.#desks.delete(partition);
    this.#deps.onGone(partition);
  }

  /** Many go at a time: each kind is one line. */
  #tellNews(): void {
    const { acquired, released, lost } = this.#news;
    const { log } = this.#deps;
    const fields = (leases: ReadonlyMap<number, number>): { partitions: number[]; fences: number[] } => ({
      partitions: [...leases.keys()],
      fences: [...leases.values()],
    });
    if (acquired.size > 0) log.info('cluster.acquired', 'partitions are this instance’s now', fields(acquired));
    if (released.size > 0) log.info('cluster.released', 'partitions were handed over', fields(released));
    if (lost.size > 0) log.warn('cluster.lost', 'the leases of partitions are over: nothing is written there any more', fields(lost));
    for (const each of [acquired, released, lost]) each.clear();
  }
}
