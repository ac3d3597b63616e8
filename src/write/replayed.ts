import type { BurstEvent } from '../conversation/bursts.js';
import type { Delays } from '../conversation/delays.js';

/** How long to wait in a burst. */
export interface Waits {
  /** Only once it has so many events: a single one need not be the first of many. */
  readonly fromEvent: number;
  /** Since it began at most, and since its last event, in ms; whatever comes first. */
  readonly sinceStart: number;
  readonly sinceLast: number;
}

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
  const ways = Array.from({ length: mostRequests }, () => ({ up: delays.ofWay(random), down: delays.ofWay(random) }));
  const telling = events.flatMap(({ order }, index) => (events.slice(0, index).every((earlier) => earlier.order < order) ? [index] : []));
  const wish = telling[Math.floor(random() * telling.length)] ?? 0;
  const wishedAt = Number(events[wish]?.at);
  const startedAt = Number(events[0]?.at);
  const costOf = ({ fromEvent, sinceStart, sinceLast }: Waits): number => {
    let [known, last, index, told] = [-Infinity, wishedAt, 0, 0];
    const hear = (): void => {
      const event = events[index];
      index += 1;
      if (event === undefined || event.order <= known) return;
      [known, last, told] = [event.order, event.at, told + 1];
    };
    while (index <= wish) hear();
    const due = (): number => (told < fromEvent ? wishedAt : Math.max(wishedAt, Math.min(startedAt + sinceStart, last + sinceLast)));
    while (Number(events[index]?.at) <= due()) hear();
    let now = due();
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
      known = stands;
      while (Number(events[index]?.at) <= now) hear();
    }
  };
  return { wishes: telling.length, costOf };
}

/** Times of events, so given out that what is later in the order happened later. */
function inOrder(events: readonly BurstEvent[], times: readonly number[]): number[] {
  const ascending = [...times].sort((a, b) => a - b);
  const places = events.map((_, index) => index).sort((a, b) => Number(events[a]?.order) - Number(events[b]?.order));
  const happened: number[] = [];
  for (const [rank, index] of places.entries()) happened[index] = Number(ascending[rank]);
  return happened;
}
