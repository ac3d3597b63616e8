import type { BurstEvent } from '../conversation/bursts.js';
import type { Delays } from '../conversation/delays.js';
import { waitUntil, type SoFar, type Waits } from './waits.js';

/** What a request is worth in ms (when-to-write.md). */
const perRequest = 100;

/** Conflicts of one update after which the replay ends: later ones cost every wait the same. */
const mostRequests = 30;

/** An event that was on its way for longer is no part of the replay, in ms. */
const longestDelay = 500;

export interface Replay {
  /** At how many of the events an update may have been wished: those that told something new. */
  readonly wishes: number;
  /** What it costs: ms until it is home + 100 a request. */
  readonly costOf: (waits: Waits) => number;
}

/**
 * What an update that is wished at one of these events, by chance, would cost: a function of how long it waits.
 * When the version moved is not known but by the events, which were on their way for a time: that is drawn from what was
 * measured of own writes, and so are the ways of the requests; the same for all waits.
 */
export function replayed(
  events: readonly BurstEvent[],
  { random, delays }: { random: () => number; delays: Pick<Delays, 'ofEvent' | 'ofWay'> },
): Replay {
  const happened = inOrder(
    events,
    events.map(({ at }) => at - delays.ofEvent(random)),
  );
  const telling = events.flatMap(({ order }, index) => (events.slice(0, index).every((earlier) => earlier.order < order) ? [index] : []));
  const wish = telling[Math.floor(random() * telling.length)] ?? 0;
  const ways = Array.from({ length: mostRequests }, () => ({ up: delays.ofWay(random), down: delays.ofWay(random) }));
  return { wishes: telling.length, costOf: costOfWish({ events, happened, ways }, wish) };
}

interface Replayable {
  events: readonly BurstEvent[];
  /** When each is thought to have happened. */
  happened: readonly number[];
  /** Of each request. */
  ways: readonly { up: number; down: number }[];
}

/** What is known once some events were heard. */
interface Heard extends SoFar {
  known: number;
}

/** What an update that is wished at that event costs. */
function costOfWish({ events, happened, ways }: Replayable, wish: number): Replay['costOf'] {
  const wishedAt = Number(events[wish]?.at);
  const heard: Heard[] = [];
  let last: Heard = { known: -Infinity, startedAt: Number(events[0]?.at), lastAt: wishedAt, count: 0 };
  for (const { at, order } of events) {
    if (order > last.known) last = { ...last, known: order, lastAt: at, count: last.count + 1 };
    heard.push(last);
  }
  /** Fired then; many waits come to the same. */
  const costs = new Map<number, number>();
  const fired = (at: number, next: number): number => {
    let [now, index, known] = [at, next, Number(heard[next - 1]?.known)];
    for (let request = 0; ; request += 1) {
      const { up = 0, down = 0 } = ways[request] ?? {};
      const arrived = now + up;
      // the newest that had happened by then
      let stands = known;
      for (let later = index; later < events.length && Number(events[later]?.at) <= arrived + longestDelay; later += 1) {
        if (Number(happened[later]) <= arrived) stands = Math.max(stands, Number(events[later]?.order));
      }
      if (stands === known || request + 1 >= mostRequests) return arrived - wishedAt + perRequest * (request + 1);
      now = arrived + down;
      while (Number(events[index]?.at) <= now) index += 1;
      known = Math.max(stands, Number(heard[index - 1]?.known));
    }
  };
  return (waits) => {
    const due = (index: number): number => Math.max(wishedAt, waitUntil(waits, heard[index - 1] ?? last));
    let index = wish + 1;
    let at = due(index);
    while (Number(events[index]?.at) <= at) {
      index += 1;
      at = due(index);
    }
    const cost = costs.get(at) ?? fired(at, index);
    costs.set(at, cost);
    return cost;
  };
}

/** Times of events, so given out that what is later in the order happened later. */
function inOrder(events: readonly BurstEvent[], times: readonly number[]): number[] {
  const ascending = [...times].sort((a, b) => a - b);
  const places = events.map((_, index) => index).sort((a, b) => Number(events[a]?.order) - Number(events[b]?.order));
  const happened: number[] = [];
  for (const [rank, index] of places.entries()) happened[index] = Number(ascending[rank]);
  return happened;
}
