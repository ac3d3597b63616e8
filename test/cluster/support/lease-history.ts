import type { LeaseEntry } from '../../../src/cluster/coordinator.js';
import type { Line } from './instance.js';

/** A change of a partition's lease. */
export interface Change {
  /** When the engine stored it (wall clock, ms). */
  at: number;
  revision: number;
  /** Who holds it from then on; undefined: it was given back. */
  by: string | undefined;
  /** The run of that instance. */
  session: string | undefined;
}

/** What an instance says of one write that it began. */
export interface Begun {
  instance: string;
  partition: number;
  fence: number | undefined;
  at: number;
  leaseLeftMs: number | undefined;
}

/** One that it should not have begun, and why. */
export interface Unleased extends Begun {
  why: string;
}

/** Who held which partition when, as the engine had it: recorded beside the instances, and not by what they say. */
export class LeaseHistory {
  readonly #changes = new Map<number, Change[]>();
  readonly #ttl: number;

  constructor(ttl: number) {
    this.#ttl = ttl;
  }

  /** An entry of the lease store was stored then. */
  see({ key, value, revision }: LeaseEntry, at: number): void {
    const [, partition] = /^partition\.(\d+)$/.exec(key) ?? [];
    if (partition === undefined) return;
    const { by, session } = value === undefined ? { by: undefined, session: undefined } : (JSON.parse(value) as Change);
    const changes = this.#changes.get(Number(partition)) ?? [];
    // a watcher that lost its connection is told the newest ones again
    if (changes.some((change) => change.revision === revision)) return;
    changes.push({ at, revision, by, session });
    this.#changes.set(
      Number(partition),
      changes.sort((a, b) => a.revision - b.revision),
    );
  }

  /** All changes, by partition. */
  get all(): (Change & { partition: number })[] {
    return [...this.#changes].flatMap(([partition, changes]) => changes.map((change) => ({ partition, ...change })));
  }

  /** Who holds each partition at a moment. */
  owners(at: number): Map<number, string> {
    const owners = new Map<number, string>();
    for (const [partition, changes] of this.#changes) {
      const last = changes.findLast((change) => change.at <= at);
      if (last?.by !== undefined && at - last.at < this.#ttl) owners.set(partition, last.by);
    }
    return owners;
  }

  /** Writes that were begun without a lease: after its end, after somebody else's began, or too late in it to end within. */
  unleased(begun: readonly Begun[], needed: number): Unleased[] {
    return begun.flatMap((write) => {
      const why = this.#fault(write, needed);
      return why === undefined ? [] : [{ ...write, why }];
    });
  }

  #fault({ instance, partition, fence, at, leaseLeftMs }: Begun, needed: number): string | undefined {
    if (fence === undefined || leaseLeftMs === undefined) return 'it names no fence';
    if (leaseLeftMs < needed) return `only ${leaseLeftMs} ms of the lease were left`;
    const changes = this.#changes.get(partition) ?? [];
    const own = changes.find(({ revision }) => revision === fence);
    if (own === undefined) return 'nobody saw that fence';
    if (own.by !== instance) return `the fence is ${own.by ?? 'nobody'}’s`;
    const end = changes.find(({ revision, session }) => revision > fence && session !== own.session);
    if (end !== undefined && end.at < at)
      return `${at - end.at} ms after ${end.by === undefined ? 'it was given back' : `${end.by} had it`}`;
    const renewed = changes.findLast((change) => change.revision >= fence && change.session === own.session && change.at <= at) ?? own;
    return at - renewed.at > this.#ttl ? `${at - renewed.at} ms after it was last renewed` : undefined;
  }
}

/** Writes that a log tells of. */
export function begunIn(instance: string, lines: readonly Line[], partitionOf: (conversationId: string) => number): Begun[] {
  const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
  return lines
    .filter(({ event }) => event === 'write.sent')
    .map((line) => ({
      instance,
      partition: partitionOf(String(line['conversationId'])),
      fence: number(line['fence']),
      leaseLeftMs: number(line['leaseLeftMs']),
      at: line.at,
    }));
}

/** Writes that an instance began under a fence that it had itself told to be over. */
export function afterLoss(lines: readonly Line[]): Line[] {
  const over = new Set<number>();
  return lines.filter(({ event, fences, fence }) => {
    if ((event === 'cluster.lost' || event === 'cluster.released') && Array.isArray(fences))
      for (const each of fences) over.add(Number(each));
    return event === 'write.sent' && over.has(Number(fence));
  });
}

/** How many partitions have to move at least until `members` share them evenly, with as many more for some as cannot be helped. */
export function fewestMoves(owners: ReadonlyMap<number, string>, members: readonly string[], partitions: number): number {
  const holds = members.map((member) => [...owners.values()].filter((owner) => owner === member).length).sort((a, b) => b - a);
  const least = Math.floor(partitions / members.length);
  const more = partitions % members.length;
  const stay = holds.reduce((sum, held, index) => sum + Math.min(held, least + (index < more ? 1 : 0)), 0);
  return partitions - stay;
}

/** How many partitions have another owner. */
export function moved(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): number {
  return [...after].filter(([partition, owner]) => before.get(partition) !== owner).length;
}
