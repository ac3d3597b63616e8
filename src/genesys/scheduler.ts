/** What a call that waits for the budget says for itself; asked anew when somebody is to be picked. */
export interface Claim {
  /** `platform`: token and channels, without which nothing goes; `ending`: the conversation is about to end; `usual`: all else. */
  rank: 'platform' | 'ending' | 'usual';
  /** When the oldest of the wishes was accepted that the call would finish (clock's ms). */
  since: number;
  /** Wishes that it would finish in time, which is within `due` of their acceptance; those that are about to be late count more. */
  size: number;
  /** Conflicts that it has met in a row, or has to expect if that is more. */
  conflicts: number;
  /** A refusal has just told it the newest ETag: sent at once it meets fewer conflicts than ever after. */
  again?: boolean;
}

/** The claim of token and channel calls. */
export const platformClaim = (): Claim => ({ rank: 'platform', since: 0, size: 1, conflicts: 0 });

/** Some calls that are granted together, and their claim as it is now. */
interface Waiting {
  calls: number;
  claim: Claim;
}

/** What there is for usual calls. */
interface Supply {
  /** Clock's ms. */
  now: number;
  /** Calls left in this window. */
  left: number;
  /** When the next window opens (clock's ms), and the calls in it. */
  opensAt: number;
  next: number;
}

/** A wish should be home within so many ms: the yardstick of when-to-write.md. It is less than a window, which `isFeasible` counts on. */
export const due = 30_000;

/** So many ms of age are worth as much as one wish that is still in time: then none starves for long. */
const agePerWish = 60_000;

/**
 * Who of those that wait is next: token and channel calls, then calls of conversations that end, each first come, first
 * served. Among usual ones the earliest deadline, as long as all deadlines can be met. In overload, where some are missed
 * whatever is done, the one that finishes most: what is scarce goes there (design.md §1.6). Pure.
 * @param waiting in the order in which they asked, which settles ties
 */
export function pick<T extends Waiting>(waiting: readonly T[], supply: Supply): { next: T; overload: boolean } | undefined {
  const first = waiting.find(({ claim }) => claim.rank === 'platform') ?? waiting.find(({ claim }) => claim.rank === 'ending');
  if (first !== undefined) return { next: first, overload: false };
  const overload = !isFeasible(waiting, supply);
  const worth = overload ? yieldAt(supply.now) : ({ since }: Claim): number => -since;
  let best: { next: T; value: number } | undefined;
  for (const next of waiting) {
    const value = worth(next.claim);
    if (best === undefined || value > best.value) best = { next, value };
  }
  return best && { next: best.next, overload };
}

/** Whether all that wait can be granted before they are due; at most one window opens until then. */
function isFeasible(waiting: readonly Waiting[], { now, left, opensAt, next }: Supply): boolean {
  let all = 0;
  let inThisWindow = 0;
  for (const { calls, claim } of waiting) {
    const deadline = claim.since + due;
    if (deadline < now) return false;
    all += calls;
    if (deadline < opensAt) inThisWindow += calls;
  }
  return inThisWindow <= left && all <= left + next;
}

/** Wishes that a call may be expected to finish in time, and what its age is worth. */
function yieldAt(now: number): (claim: Claim) => number {
  return ({ size, conflicts, since }) => size / (1 + conflicts) + (now - since) / agePerWish;
}
