import type { Burst, Unsteady } from '../conversation/bursts.js';
import type { Delays } from '../conversation/delays.js';
import { regimeOf, type Rhythm } from '../conversation/rhythm.js';
import { replayed, type Replay } from './replayed.js';
import type { Waits } from './waits.js';

/** Waits that are considered; finer where bursts usually end. */
const fromEvent = [1, 2, 3];
const sinceStart = [
  ...Array.from({ length: 13 }, (_, index) => 100 + 25 * index),
  ...Array.from({ length: 8 }, (_, index) => 450 + 50 * index),
];
const sinceLast = [60, 80, 100, 125, 150, 200, 250];
const considered: readonly Waits[] = sinceStart.flatMap((start) =>
  sinceLast.flatMap((last) => fromEvent.map((from) => ({ fromEvent: from, sinceStart: start, sinceLast: last }))),
);

const atOnce: Waits = { fromEvent: 1, sinceStart: 0, sinceLast: 0 };

/** What is left of an old burst's weight after each later one: about the last thousand count. */
const fading = 0.999;

/** Waiting must be better than firing at once by so many standard errors. */
const beyondNoise = 2;

/** Bursts that must have been seen before what they teach counts. */
const leastBursts = 20;

/** Until then (when-to-write.md: less than firing at once for all shapes of bursts there; under steady churn it is soon over). */
const firstGuess: Waits = { fromEvent: 2, sinceStart: 300, sinceLast: 100 };

interface Candidate {
  waits: Waits;
  /** Sums of what it cost more than firing at once, and of its squares. */
  sum: number;
  squares: number;
}

const nothingGained: Candidate = { waits: atOnce, sum: 0, squares: 0 };

/** What was learnt of one kind of conversation. */
class Lessons {
  best = firstGuess;
  #bursts = 0;
  #weight = 0;
  #weights = 0;
  readonly #candidates: readonly Candidate[] = considered.map((waits) => ({ waits, sum: 0, squares: 0 }));

  learn({ wishes, costOf }: Replay): void {
    const reference = costOf(atOnce);
    this.#bursts += 1;
    this.#weight = this.#weight * fading + wishes;
    this.#weights = this.#weights * fading ** 2 + wishes ** 2;
    for (const candidate of this.#candidates) {
      const more = costOf(candidate.waits) - reference;
      candidate.sum = candidate.sum * fading + wishes * more;
      candidate.squares = candidate.squares * fading + wishes * more * more;
    }
    if (this.#bursts >= leastBursts) this.best = this.#choose();
  }

  #choose(): Waits {
    const best = this.#candidates.reduce((least, candidate) => (candidate.sum < least.sum ? candidate : least), nothingGained);
    const mean = best.sum / this.#weight;
    const spread = Math.max(0, best.squares / this.#weight - mean * mean);
    // so many bursts of the same weight would say as much
    const count = this.#weight ** 2 / this.#weights;
    const error = Math.sqrt(spread / count);
    return mean + beyondNoise * error < 0 ? best.waits : atOnce;
  }
}

/**
 * How long to wait in a burst of events, learnt from all conversations: each burst that has ended is replayed with every
 * wait that is considered, as if an update had been wished at one of its events, and the wait that has cost the least is
 * taken (cost: ms until it is home + 100 a request, when-to-write.md).
 */
export class LearntWaits {
  readonly #deps: { random: () => number; delays: Delays };
  readonly #lessons: Readonly<Record<Unsteady, Lessons>> = { new: new Lessons(), calm: new Lessons(), bursty: new Lessons() };

  constructor(deps: { random: () => number; delays: Delays }) {
    this.#deps = deps;
  }

  learn({ regime, events }: Burst): void {
    this.#lessons[regime].learn(replayed(events, this.#deps));
  }

  /** How long to wait in the present burst of a conversation; undefined under steady churn. */
  of(rhythm: Rhythm, now: number): Waits | undefined {
    const regime = regimeOf(rhythm, now);
    return regime === 'steady' ? undefined : this.#lessons[regime].best;
  }
}
