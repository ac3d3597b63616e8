/** How long to wait before the next try. Milliseconds. */
export interface BackoffOptions {
  /** Upper bound of the first wait. */
  base: number;
  /** Upper bound of any wait. */
  cap: number;
}

/**
 * Exponential back-off with full jitter: a wait drawn evenly from 0 to min(cap, base × 2^failures), so that
 * many clients that failed together do not come back together.
 * @param failures tries that failed so far, the first wait being for 0
 * @param random a number in [0, 1)
 */
export function fullJitter({ base, cap }: BackoffOptions, failures: number, random: () => number): number {
  return random() * Math.min(cap, base * 2 ** Math.min(failures, 30));
}
