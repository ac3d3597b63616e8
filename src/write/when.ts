import type { WriteConfig } from '../config/schema.js';
import { waitUntil, type Waits } from './waits.js';

/** When to write: the three fields of `write` that decide it; times in ms. */
export type Timing = Pick<WriteConfig, 'policy' | 'quiet' | 'maxWait'>;

/** What is known when a write is considered; all times on the clock's `now`, ms. */
export interface WriteFacts {
  now: number;
  /** When the oldest and the newest of the waiting wishes were accepted. */
  firstWish: number;
  lastWish: number;
  /** When an own wish or write last concerned the conversation before the first waiting wish; −Infinity if never. */
  ownBefore: number;
  /**
   * When an event last changed the conversation, own echoes not counted, and when the burst began that it was in, −Infinity
   * if none came; and how many events were in it.
   */
  lastChange: number;
  burstStart: number;
  inBurst: number;
  /** How long to wait in such a burst; undefined: steady churn. */
  waits: Waits | undefined;
  /** Whether calls are scarce: the share of the calls left over the share of the minute left. 1 and more is enough. */
  pace: number;
  /** The customer's leg or the conversation is ending, the daemon stops, or a write was just refused as stale. */
  urgent: boolean;
}

/**
 * The price of waiting when calls are scarce: a write goes only after a gap of so many ms since the last event, so that
 * fewer meet a conflict, and more wishes go with each (when-to-write.md: 1,756 updates a minute instead of 1,509).
 */
const gaps = [
  { fromPace: 0.75, ms: 0 },
  { fromPace: 0.5, ms: 60 },
  { fromPace: 0.25, ms: 120 },
];
const widestGap = 160;

/**
 * When the waiting wishes should be written: a time that is not after `now` means at once. Pure (design.md §3, "When").
 *
 * `immediate` never waits. `debounce` waits for `quiet` after the last event or wish, also for a single one. `adaptive`
 * writes the first wish on a calm conversation at once. In a burst of events it waits as would have cost the least in the
 * bursts before (`LearntWaits`): for calm after the last event, at most `quiet` and the shorter the longer the burst has lasted,
 * but not longer than a time since it began. Steady churn is not waited on: each wait is as likely to be hit (when-to-write.md). Either way it waits for a gap when
 * calls are scarce. Wishes that follow each other within `quiet` are a burst of their own and wait for `quiet`. None waits
 * longer than `maxWait` after the first wish.
 */
export function whenToWrite({ policy, quiet, maxWait }: Timing, facts: WriteFacts): number {
  const { now, firstWish, lastWish, ownBefore, lastChange, burstStart, inBurst, waits, pace, urgent } = facts;
  if (urgent || policy === 'immediate') return now;
  const latest = firstWish + maxWait;
  const calmAfterEvents = lastChange + quiet;
  const calmAfterWishes = lastWish + quiet;
  if (policy === 'debounce') return Math.min(Math.max(calmAfterEvents, calmAfterWishes), latest);
  const burstOfWishes = firstWish - ownBefore < quiet || lastWish > firstWish;
  const burstOver =
    waits === undefined ? -Infinity : waitUntil(waits, { startedAt: burstStart, lastAt: lastChange, count: inBurst }, quiet);
  const afterGap = lastChange + gapAt(pace);
  return Math.min(Math.max(burstOver, afterGap, burstOfWishes ? calmAfterWishes : -Infinity), latest);
}

function gapAt(pace: number): number {
  return gaps.find(({ fromPace }) => pace >= fromPace)?.ms ?? widestGap;
}
