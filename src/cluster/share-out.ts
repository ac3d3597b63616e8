import { hashOf } from './partitions.js';

/** A member of the fleet, and how many of the things that are shared out it holds. */
export interface Holder {
  name: string;
  /** Whether it can do the work; one that cannot hands over what it has. */
  able: boolean;
  holds: number;
}

/**
 * How many of `count` things each member should hold: the same for all that are able, but for one more or less; the one more
 * goes to those that hold the most by now, so that as few as can be move. If nobody is able, all count as able: what cannot be
 * done anywhere is not worth a move. Pure.
 */
export function quotas(members: readonly Holder[], count: number): ReadonlyMap<string, number> {
  const able = members.some((member) => member.able) ? members.filter((member) => member.able) : members;
  const each = Math.floor(count / Math.max(1, able.length));
  const more = count - each * able.length;
  const order = [...able].sort((a, b) => b.holds - a.holds || (a.name < b.name ? -1 : 1));
  const quota = new Map(members.map(({ name }) => [name, 0]));
  for (const [index, { name }] of order.entries()) quota.set(name, each + (index < more ? 1 : 0));
  return quota;
}

/** Things in an order of a member's own, so that members that take at the same time begin with different ones. Pure. */
export function inOwnOrder(things: readonly number[], member: string): number[] {
  return things
    .map((thing) => ({ thing, rank: hashOf(`${member}/${thing}`) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ thing }) => thing);
}
