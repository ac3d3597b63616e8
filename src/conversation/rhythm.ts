/**
 * How a conversation's events come: what tells a burst from steady churn. Times are the clock's ms.
 * Seven numbers, so that a conversation that nobody writes to stays small.
 */
export interface Rhythm {
  /** When the present or last burst began: an event after a pause. */
  readonly burstStart: number;
  readonly lastEvent: number;
  /** The window in which the last event came, and how many came in it. */
  readonly window: number;
  readonly inWindow: number;
  /** Closed windows, and the sums of their counts and of the counts' squares, old ones fading. */
  readonly windows: number;
  readonly sum: number;
  readonly squares: number;
}

export const noEvents: Rhythm = { burstStart: -Infinity, lastEvent: -Infinity, window: 0, inWindow: 0, windows: 0, sum: 0, squares: 0 };

/** Events are counted in windows of so many ms: in these the regimes can be told apart (when-to-write.md). */
const windowLength = 500;

/** What is left of a window's weight after each later one: about half a minute counts. */
const fading = 0.98;

/** An event after a pause of so many ms begins a new burst: within one they come each 15–60 ms (when-to-write.md). */
const pause = 300;

/** Variance over mean of the counts below which the churn is steady: 1 for a memoryless process, ten and more for bursts. */
const steadyBelow = 1.5;

/** So much must have been seen before churn is called steady. */
const evidence = { events: 6, windows: 8 };

/** The rhythm with one more event in it. */
export function withEvent(rhythm: Rhythm, now: number): Rhythm {
  const burstStart = now - rhythm.lastEvent > pause ? now : rhythm.burstStart;
  const window = Math.floor(now / windowLength);
  if (rhythm.lastEvent === -Infinity) return { ...rhythm, burstStart, lastEvent: now, window, inWindow: 1 };
  if (window === rhythm.window) return { ...rhythm, burstStart, lastEvent: now, inWindow: rhythm.inWindow + 1 };
  return { ...closed(rhythm, window), burstStart, lastEvent: now, window, inWindow: 1 };
}

/** Whether the events come as from a memoryless process: then waiting for calm only loses (when-to-write.md). */
export function isSteady(rhythm: Rhythm, now: number): boolean {
  const { windows, sum, squares } = closed(rhythm, Math.floor(now / windowLength));
  if (sum < evidence.events || windows < evidence.windows) return false;
  const mean = sum / windows;
  return (squares / windows - mean * mean) / mean < steadyBelow;
}

/**
 * How long a write is open to a conflict, in ms: the last change's event was on its way when the ETag was taken, and then
 * the request is (medians of when-to-write.md).
 */
const exposure = 90;

/** Conflicts that a write has to expect before it arrives, if the events go on to come as they did, and by chance. */
export function expectedConflicts(rhythm: Rhythm, now: number): number {
  const { windows, sum } = closed(rhythm, Math.floor(now / windowLength));
  return windows < 1 ? 0 : Math.exp((sum / windows) * (exposure / windowLength)) - 1;
}

/** The sums with the last event's window closed, and the empty ones since then. */
function closed({ window: last, inWindow, windows, sum, squares }: Rhythm, window: number): Pick<Rhythm, 'windows' | 'sum' | 'squares'> {
  const empty = window - last - 1;
  if (empty < 0) return { windows, sum, squares };
  const rest = fading ** empty;
  return {
    windows: (windows * fading + 1) * rest + (1 - rest) / (1 - fading),
    sum: (sum * fading + inWindow) * rest,
    squares: (squares * fading + inWindow * inWindow) * rest,
  };
}

/** Length of bursts before any was seen, in ms, and what is learnt from one. */
const firstGuess = 350;
const learning = 0.03;

/** A burst is waited out in so many of ten cases; waiting for the longest would cost every update. */
const share = 0.8;

/** Fewer events are no burst to learn from. */
const leastEvents = 3;

/** How long bursts last, learnt from all conversations: the length that a share of them does not exceed. */
export class BurstLength {
  /** Ms. */
  typical = firstGuess;

  /** Learns from a burst that has ended; `events` in it. */
  learn(rhythm: Rhythm, events: number): void {
    if (events < leastEvents) return;
    const length = rhythm.lastEvent - rhythm.burstStart;
    // stochastic approximation of a quantile, in steps that fit its size
    const step = learning * this.typical;
    this.typical = Math.max(1, this.typical + step * (length > this.typical ? share : share - 1));
  }
}
