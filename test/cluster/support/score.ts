import { performance } from 'node:perf_hooks';
import type { Overlap } from '../../../src/simulator/platform/flights.js';
import { afterLoss, begunIn } from './lease-history.js';
import { partitionHere, wrong, type Fault, type Ran } from './run-fleet.js';

/** What came of a scenario. */
export interface Score {
  accepted: number;
  /** Of them: the last one of its key stands, or one that a later one of its key took the place of. */
  confirmed: number;
  lost: number;
  /** What stands in place of the lost ones, and what dead letters say. */
  trouble: string[];
  /** Calls, and those for which the rule's attribute stands. */
  calls: number;
  ruled: number;
  unleased: string[];
  /** Pairs of writes of one participant that two instances had with the platform at the same time. */
  stragglers: number;
  /** Of them: one was refused by 409 or 412; both were taken. */
  refused: number;
  overwritten: number;
  /** Pairs of one instance: it forgot that a write of its own was under way. */
  ownOverlaps: number;
  /** From each fault until somebody else wrote to a partition of the victim's, in ms, in order; Infinity: nobody did. */
  recoveries: number[];
  /** From the first offer of a wish until somebody took it, the longest, in ms. */
  slowestAcceptance: number;
  /** Offers that were answered by 503 and made again. */
  unavailable: number;
  writes: number;
  conflicts: number;
}

/** A write is begun only with as much of the lease left as it may take, which is this share of it (issue 7, point 1). */
const writeShare = 1 / 3;

/**
 * Recovery is measured where somebody had something to write so soon after the lease was over, in ms. Wishes for a frozen owner
 * are taken by others three seconds later, when it has not answered.
 */
const wishedWithin = 1_500;

export function scoreOf(ran: Ran): Score {
  const { simulator, instances, wishes, calls, faults, history, leaseTtl } = ran;
  const failed = wrong(wishes, calls);
  const lostWishes = failed.filter(({ key }) => key !== 'caller');
  const accepted = wishes.accepted.length;
  const lost = lostWishes.reduce((sum, { wishes: count }) => sum + count, 0);
  const unleased = instances.flatMap(({ name, lines }) => [
    ...history
      .unleased(begunIn(name, lines, partitionHere), Math.floor(leaseTtl * writeShare))
      .map(({ partition, fence, at, why }) => `${name} at ${clock(at)}, partition ${partition}, fence ${fence ?? '-'}: ${why}`),
    ...afterLoss(lines).map((line) => `${name} at ${clock(line.at)}, ${JSON.stringify(line)}: it had told that it lost it`),
  ]);
  const met = simulator.ledger.flights.overlaps;
  const foreign = met.filter(({ first, second }) => first.client !== second.client);
  const refused = foreign.filter(isRefused).length;
  return {
    accepted,
    confirmed: accepted - lost,
    lost,
    trouble: [
      ...failed.map(
        ({ call, key, wanted, has }) => `${call} (partition ${partitionHere(call)}) ${key}: ${has ?? 'nothing'} instead of ${wanted}`,
      ),
      ...instances.flatMap((instance) => instance.told('intent.dead').map((line) => `${instance.name}: ${JSON.stringify(line)}`)),
      ...[...wishes.answers].filter(([answer]) => isRefusal(answer)).map(([answer, times]) => `${times} × ${answer}`),
    ],
    calls: calls.length,
    ruled: calls.length - failed.filter(({ key }) => key === 'caller').length,
    unleased,
    stragglers: foreign.length,
    refused,
    overwritten: foreign.length - refused,
    ownOverlaps: met.length - foreign.length,
    recoveries: faults.flatMap((fault) => recoveriesOf(fault, ran)).sort((a, b) => a - b),
    slowestAcceptance: Math.max(0, ...wishes.accepted.map(({ tookMs }) => tookMs)),
    unavailable: [...wishes.answers].reduce((sum, [answer, times]) => sum + (answer.startsWith('503') ? times : 0), 0),
    writes: simulator.ledger.writes.length,
    conflicts: simulator.ledger.writes.filter(({ status }) => status === 409 || status === 412).length,
  };
}

/** An instance that stops or cannot keep a wish says so by 503, and nobody may rely on it; anything else is a fault. */
function isRefusal(answer: string): boolean {
  return /^\d/.test(answer) && !answer.startsWith('503');
}

function isRefused({ first, second }: Overlap): boolean {
  return [first.status, second.status].some((status) => status === 409 || status === 412);
}

/** For each partition of the victims that a call is in: how long until somebody else wrote there. */
function recoveriesOf({ at, victims, partitions }: Fault, { simulator, calls, wishes, leaseTtl }: Ran): number[] {
  // a victim that was started again is one of those who go on
  const struck = (client: string, wall: number): boolean =>
    victims.some((victim) => victim.client === client && (victim.startedAt < at || wall < victim.startedAt));
  const wished = new Set(
    wishes.accepted.filter((wish) => wish.at >= at && wish.at < at + leaseTtl + wishedWithin).map(({ call }) => partitionHere(call.id)),
  );
  const inUse = new Set(calls.map(({ id }) => partitionHere(id)));
  const firsts = new Map<number, number>();
  for (const write of simulator.ledger.writes) {
    const wall = write.at + performance.timeOrigin;
    const partition = partitionHere(write.conversationId);
    if (wall >= at && !struck(write.client, wall) && !firsts.has(partition)) firsts.set(partition, wall - at);
  }
  return partitions.filter((each) => inUse.has(each) && wished.has(each)).map((each) => firsts.get(each) ?? Infinity);
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
