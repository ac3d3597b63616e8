import { Random } from '../../../src/simulator/random.js';

/** How the version of a call moves: bumps of a memoryless process (`perSecond`), bursts, or both. */
export interface Process {
  /** Bumps a second of a memoryless process; 0 = none. */
  readonly perSecond: number;
  /** How long a burst lasts, in ms; absent: there are no bursts. */
  readonly burst?: (random: Random) => number;
}

/** Bumps in a burst, and the calm after it in ms (when-to-write.md). */
const bumpsInBurst = [5, 20] as const;
const calm = [5_000, 30_000] as const;

const always = (): number => 300;
const spread = (random: Random): number => random.lognormal(350, 0.45, [150, 800]);

/** The processes of when-to-write.md. */
export const processes = {
  'steady 0.5/s': { perSecond: 0.5 },
  'steady 2/s': { perSecond: 2 },
  'steady 5/s': { perSecond: 5 },
  'steady 10/s': { perSecond: 10 },
  'steady 20/s': { perSecond: 20 },
  'steady 50/s': { perSecond: 50 },
  'bursts of 300 ms': { perSecond: 0, burst: always },
  'bursts of spread length': { perSecond: 0, burst: spread },
  'bursts of 300 ms over 0.5/s': { perSecond: 0.5, burst: always },
} as const satisfies Record<string, Process>;

/** One way of a request, and the delay of an event, in ms (when-to-write.md). */
export const oneWay = [15, 60] as const;
export const eventDelay = (random: Random): number => random.lognormal(50, 0.5, [20, 150]);

/** The wish comes with one of the events of so many ms: in them there is a burst, if there are any. */
const wishWithin = 32_000;

/** An update has failed that is not home after so many ms. */
export const within = 30_000;

/** One call and one wish. Times in ms since the call began; versions count from 1. */
export interface World {
  readonly seed: number;
  /** When the version was bumped, in order: after the k-th (from 0) it is k + 2. */
  readonly bumps: readonly number[];
  /** What events tell: in order of arrival. */
  readonly events: readonly { readonly at: number; readonly version: number }[];
  /** When the wish comes: with an event, as rules wish when one arrives. */
  readonly wishedAt: number;
  /** The latencies of the requests, in their order: the same for everybody who meets this world. */
  readonly request: (index: number) => { readonly up: number; readonly down: number };
}

/** What a machine takes itself beyond the model's latencies, in ms: of an event, and of a request on its way to the server. */
export interface OwnTime {
  readonly event: number;
  readonly up: number;
}

const none: OwnTime = { event: 0, up: 0 };

export interface WorldOptions {
  /** The age of the call at which the wish may come, in ms. */
  readonly age: readonly [least: number, most: number];
  readonly own?: OwnTime;
}

/** The call of a seed. */
export function world(seed: number, process: Process, { age, own = none }: WorldOptions): World {
  const random = new Random(seed);
  const [moves, delays, network, wishes] = [random.fork(1), random.fork(2), random.fork(3), random.fork(4)];
  const from = wishes.between(age);
  const bumps = bumpsUntil(from + wishWithin + within + 1_000, process, moves);
  const told = bumps.map((at, index) => ({ at: at + eventDelay(delays) + own.event, version: index + 2 }));
  const events = [{ at: 0, version: 1 }, ...told.sort((a, b) => a.at - b.at)];
  const moments = newer(events).filter(({ at }) => at >= from && at < from + wishWithin);
  const wishedAt = moments.length === 0 ? from : wishes.pick(moments).at;
  const latencies: { up: number; down: number }[] = [];
  const request = (index: number): { up: number; down: number } => {
    while (latencies.length <= index) latencies.push({ up: network.between(oneWay) + own.up, down: network.between(oneWay) });
    return latencies[index] ?? { up: 0, down: 0 };
  };
  return { seed, bumps, events, wishedAt, request };
}

/** Those events that tell something new when they arrive. */
export function newer(events: World['events']): World['events'] {
  let known = 0;
  return events.filter(({ version }) => {
    if (version <= known) return false;
    known = version;
    return true;
  });
}

function bumpsUntil(end: number, { perSecond, burst }: Process, random: Random): number[] {
  const bumps: number[] = [];
  const [single, bursts] = [random.fork(1), random.fork(2)];
  if (perSecond > 0)
    for (let at = single.exponential(1000 / perSecond); at < end; at += single.exponential(1000 / perSecond)) bumps.push(at);
  if (burst !== undefined) {
    for (let at = bursts.between(calm); at < end; at += bursts.between(calm)) {
      const count = bursts.int(bumpsInBurst);
      const length = burst(bursts);
      for (let index = 0; index < count; index += 1) bumps.push(at + bursts.next() * length);
      at += length;
    }
  }
  return bumps.sort((a, b) => a - b);
}

/** The version at a time. */
export function versionAt(bumps: World['bumps'], at: number): number {
  let [low, high] = [0, bumps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(bumps[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}
