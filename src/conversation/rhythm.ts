/**
 * How a conversation's events come: what tells a burst from steady churn. Times are the clock's ms.
 * Eight numbers, so that a conversation that nobody writes to stays small.
 */
export interface Rhythm {
  /** When the present or last burst began: an event after a pause; and how many came in it. */
  readonly burstStart: number;
  readonly inBurst: number;
  readonly lastEvent: number;
  /** The window in which the last event came, and how many came in it. */
  readonly window: number;
  readonly inWindow: number;
  /** Closed windows, and the sums of their counts and of the counts' squares, old ones fading. */
  readonly windows: number;
  readonly sum: number;
  readonly squares: number;
}

export const noEvents: Rhythm = {
  burstStart: -Infinity,
  inBurst: 0,
  lastEvent: -Infinity,
  window: 0,
  inWindow: 0,
  windows: 0,
  sum: 0,
  squares: 0,
};

/** Events are counted in windows of so many ms: in these the regimes can be told apart (when-to-write.md). */
const windowLength = 500;

/** What is left of a window's weight after each later one: about half a minute counts. */
const fading = 0.98;

/** An event after a pause of so many ms begins a new burst: within one they come each 15–60 ms (when-to-write.md). */
export const pause = 300;

/** Variance over mean of the counts below which the churn is steady: 1 for a memoryless process, ten and more for bursts. */
const steadyBelow = 2;

/** So much must have been seen before anything is said of the churn. */
const evidence = { events: 2, windows: 8 };

/**
 * How a conversation's events come: not long seen yet; hardly any so far; as from a memoryless process, so that waiting for
 * calm only loses (when-to-write.md); or in bursts.
 */
export type Regime = 'new' | 'calm' | 'steady' | 'bursty';

/** The rhythm with one more event in it. */
export function withEvent(rhythm: Rhythm, now: number): Rhythm {
  const begins = now - rhythm.lastEvent > pause;
  const window = Math.floor(now / windowLength);
  const goesOn = rhythm.lastEvent === -Infinity || window === rhythm.window;
  const { windows, sum, squares } = goesOn ? rhythm : closed(rhythm, window);
  return {
    burstStart: begins ? now : rhythm.burstStart,
    inBurst: begins ? 1 : rhythm.inBurst + 1,
    lastEvent: now,
    window,
    inWindow: window === rhythm.window && rhythm.lastEvent !== -Infinity ? rhythm.inWindow + 1 : 1,
    windows,
    sum,
    squares,
  };
}

/** What the events so far tell of those to come. */
export function regimeOf(rhythm: Rhythm, now: number): Regime {
  const present = Math.floor(now / windowLength);
  const before = closed(rhythm, present);
  if (before.windows < evidence.windows) return 'new';
  if (before.sum < evidence.events) return 'calm';
  // a burst tells of itself while it goes on: the window in which it comes counts as it is so far
  return isSteady(before) && isSteady(closed(rhythm, present + 1)) ? 'steady' : 'bursty';
}

/** Whether the counts of the windows vary as chance would have it. */
function isSteady({ windows, sum, squares }: Pick<Rhythm, 'windows' | 'sum' | 'squares'>): boolean {
  const mean = sum / windows;
  return (squares / windows - mean * mean) / mean < steadyBelow;
}

/**
 * How long a write is open to a conflict, in ms, where an event or an answer told its ETag: either was on its way when the ETag
 * was taken, and then the request is (medians of when-to-write.md).
 */
const exposure = { event: 90, answer: 75 };

/**
 * Conflicts that a write has to expect before it arrives, if the events go on to come as they did, and by chance.
 * @param toldBy what told it the ETag with which it goes at once
 */
export function expectedConflicts(rhythm: Rhythm, now: number, toldBy: keyof typeof exposure = 'event'): number {
  const { windows, sum } = closed(rhythm, Math.floor(now / windowLength));
  return windows < 1 ? 0 : Math.exp((sum / windows) * (exposure[toldBy] / windowLength)) - 1;
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
