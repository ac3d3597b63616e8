import { profiles, waits, type Churn } from '../../src/simulator/calls/profile.js';
import { Random } from '../../src/simulator/random.js';
import { Writing, type WritingOptions } from '../support/writing.js';

/** One way of a request, and the delay of an event, in ms (when-to-write.md). */
const oneWay = [15, 60] as const;
const eventDelay = [20, 150] as const;

/** The daemon has watched the call for so long before the wish may come, in ms. */
const warmUp = 30_000;

/** The wish comes somewhere in this time, and is watched for so long after it, in ms. */
const wishWithin = 20_000;
const watched = 30_000;

/** How the state of a call moves (when-to-write.md). */
export const processes: Readonly<Record<string, Churn>> = {
  'steady 0.5/s': { kind: 'steady', perSecond: 0.5 },
  'steady 5/s': profiles.steady,
  'steady 20/s': profiles.storm,
  'steady 50/s': { kind: 'steady', perSecond: 50 },
  bursty: profiles.bursty,
};

/** What came of one update: when it was applied (ms after the wish; undefined: not within 30 s), and by how many requests. */
export interface Result {
  tookMs: number | undefined;
  requests: number;
}

/** Somebody who brings one update home on a call that moves. */
export type Contender = (house: Writing) => void;

/** Lets one call live on a virtual clock, wishes one update, and tells what came of it. The same seed is the same call. */
export async function world(
  seed: number,
  churn: Churn,
  contender: Contender,
  options: WritingOptions,
  withEvent: boolean,
): Promise<Result> {
  const random = new Random(seed);
  const [moves, network, events] = [random.fork(1), random.fork(2), random.fork(3)];
  const house = new Writing({ ...options, latency: () => ({ connect: 0, up: network.between(oneWay), down: network.between(oneWay) }) });
  const { clock, platform } = house;
  const tell = (): void => {
    const { version } = platform;
    const attributes = { ...platform.attributes };
    clock.after(events.lognormal(50, 0.5, eventDelay), () => {
      house.event({ version, attributes });
    });
  };
  const move = (rhythm: Generator<number>): void => {
    clock.after(Number(rhythm.next().value), () => {
      platform.bump();
      tell();
      move(rhythm);
    });
  };
  tell();
  move(waits(churn, moves));
  await clock.advance(warmUp + random.next() * wishWithin);
  // rules wish when an event comes, so that is when most updates arise
  const before = house.registry.outcomes.newer;
  while (withEvent && house.registry.outcomes.newer === before) await clock.advance(1);
  const wished = clock.now();
  contender(house);
  let tookMs: number | undefined;
  for (const end = wished + watched; tookMs === undefined && clock.now() < end;) {
    await clock.advance(5);
    if (platform.attributes['tier'] === 'gold') tookMs = clock.now() - wished;
  }
  return { tookMs, requests: platform.reads + platform.writes.length };
}
