import type { Log } from '../observe/log.js';
import type { Lease } from './lease.js';
import type { Leases, Seen } from './leases.js';
import type { Members } from './members.js';
import { inOwnOrder, quotas } from './share-out.js';

/** Where the channel shards stand in the lease store: who runs each, and who is about to. */
const prefix = 'channel';
const nextPrefix = 'next';

export interface ChannelDeskDeps {
  leases: Leases;
  members: Members;
  log: Log;
  /** The channel shards that there are. */
  numbers: () => readonly number[];
  /** This instance runs the shard from now on, or is about to: its channel is to be opened. */
  open: (number: number) => void;
  /** Whether its channel is connected and subscribed. */
  isOpen: (number: number) => boolean;
  /** Another instance's channel tells the same by now, or the shard is lost, or is no more. */
  close: (number: number) => void;
  /**
   * This instance's channel stood beside that of another one, which has not handed over: it may have told nothing for as long as
   * its lease lasted.
   */
  onAbandoned: (number: number) => void;
  /** Resolves when what was sent before the other channel was subscribed has come. */
  linger: () => Promise<void>;
}

/**
 * Where a shard is that this instance has to do with: `next` while it opens a channel beside that of the present one, `held`
 * when it is the one that runs it, `leaving` when the next one's is open.
 */
type Desk = { at: 'taking' } | { at: 'next' | 'held' | 'leaving'; lease: Lease };

/**
 * Which channel shards this instance runs. A shard goes from one instance to another with two channels for a while: the next one
 * opens its own first, and the present one closes when that is subscribed, so that no event is missed.
 */
export class ChannelDesk {
  readonly #deps: ChannelDeskDeps;
  readonly #desks = new Map<number, Desk>();
  #stopping = false;

  constructor(deps: ChannelDeskDeps) {
    this.#deps = deps;
  }

  /** Shards whose channels this instance has, or opens. */
  get open(): number[] {
    return [...this.#desks].filter(([, { at }]) => at !== 'taking').map(([number]) => number);
  }

  /** The other instances whose channels tell the same events while a shard changes hands. */
  others(number: number): string[] {
    const { leases } = this.#deps;
    const holders = [prefix, nextPrefix].map((kind) => leases.under(kind).get(String(number)));
    return holders.flatMap((seen) => (seen === undefined || leases.isOwn(seen) ? [] : [seen.value.by]));
  }

  /** How many each member runs. */
  holdings(): Map<string, number> {
    const holds = new Map<string, number>();
    for (const { value } of this.#deps.leases.under(prefix).values()) holds.set(value.by, (holds.get(value.by) ?? 0) + 1);
    return holds;
  }

  /** Looks what is due to whom; to be called at each change, and when a channel has opened. */
  reconsider(): void {
    const { members, leases } = this.#deps;
    if (this.#stopping || !members.joined) return;
    const numbers = this.#deps.numbers();
    for (const number of this.open) if (!numbers.includes(number)) void this.#leave(number);
    const present = leases.under(prefix);
    const next = leases.under(nextPrefix);
    for (const [number, desk] of this.#desks) {
      if (desk.at === 'next') this.#succeed(number, desk.lease, present.get(String(number)));
      if (desk.at === 'held' && isReady(next.get(String(number)))) void this.#leave(number);
    }
    const quota = this.#quota(numbers);
    const missing = quota - [...this.#desks.values()].filter(({ at }) => at !== 'leaving').length;
    if (missing <= 0) return;
    const open = inOwnOrder(
      numbers.filter((number) => !this.#desks.has(number) && !next.has(String(number))),
      members.instance,
    );
    const free = open.filter((number) => !present.has(String(number)));
    const taken = free.slice(0, missing);
    for (const number of taken) void this.#take(number, prefix);
    // nobody else is given more than is due: the first of those with too many
    if (taken.length === 0) {
      const crowded = this.#crowded(numbers);
      const due = open.find((number) => crowded.has(present.get(String(number))?.value.by ?? ''));
      if (due !== undefined) void this.#take(due, nextPrefix);
    }
  }

  /** Hands all over: without waiting for the next ones, which find them free. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      [...this.#desks].map(async ([number, desk]) => {
        this.#close(number);
        if (desk.at !== 'taking') await this.#deps.leases.leave(desk.lease);
      }),
    );
  }

  #all(numbers: readonly number[]): Map<string, number> {
    const { members } = this.#deps;
    const holds = this.holdings();
    const all = members.all().map(({ instance, able }) => ({ name: instance, able, holds: holds.get(instance) ?? 0 }));
    return new Map(quotas(all, numbers.length));
  }

  #quota(numbers: readonly number[]): number {
    return this.#all(numbers).get(this.#deps.members.instance) ?? 0;
  }

  /** Members that run more than is due to them. */
  #crowded(numbers: readonly number[]): Set<string> {
    const quota = this.#all(numbers);
    return new Set([...this.holdings()].filter(([name, holds]) => holds > (quota.get(name) ?? 0)).map(([name]) => name));
  }

  async #take(number: number, kind: typeof prefix | typeof nextPrefix): Promise<void> {
    const { leases, open } = this.#deps;
    this.#desks.set(number, { at: 'taking' });
    const lease = await leases
      .take(`${kind}.${number}`, {}, () => {
        this.#close(number);
      })
      .catch(() => undefined);
    if (lease === undefined) {
      this.#desks.delete(number);
      return;
    }
    this.#desks.set(number, { at: kind === prefix ? 'held' : 'next', lease });
    open(number);
  }

  /** What this instance's own channel beside another one's comes to. */
  #succeed(number: number, lease: Lease, present: Seen | undefined): void {
    const { leases, isOpen } = this.#deps;
    if (present === undefined) void this.#inherit(number, lease);
    else if (isOpen(number) && lease.value['ready'] !== true) leases.tell(lease, { ready: true });
  }

  /** The present one is gone: this one runs the shard. */
  async #inherit(number: number, next: Lease): Promise<void> {
    const { leases, open, onAbandoned } = this.#deps;
    this.#desks.set(number, { at: 'taking' });
    const key = `${prefix}.${number}`;
    const abandoned = leases.isAbandoned(key);
    const lease = await leases
      .take(key, {}, () => {
        this.#close(number);
      })
      .catch(() => undefined);
    this.#desks.set(number, lease === undefined ? { at: 'next', lease: next } : { at: 'held', lease });
    if (lease === undefined) {
      // somebody was faster
      if (!next.over) return;
      this.#close(number);
      return;
    }
    this.#deps.log.info('cluster.channel', 'this instance runs the channels of these topics now', { shard: number });
    // its own lease of the channel beside the other one ended meanwhile, and the channel with it
    if (next.over) open(number);
    if (abandoned) onAbandoned(number);
    await leases.leave(next);
  }

  async #leave(number: number): Promise<void> {
    const desk = this.#desks.get(number);
    if (desk === undefined || desk.at === 'taking' || desk.at === 'leaving') return;
    this.#desks.set(number, { at: 'leaving', lease: desk.lease });
    await this.#deps.linger();
    if (this.#desks.get(number)?.at === 'leaving') this.#close(number);
    await this.#deps.leases.leave(desk.lease);
  }

  #close(number: number): void {
    this.#desks.delete(number);
    this.#deps.close(number);
  }
}

function isReady(seen: Seen | undefined): boolean {
  return seen?.value['ready'] === true;
}
