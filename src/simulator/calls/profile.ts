import type { Random, Range } from '../random.js';

/** How a conversation's state moves while people talk: the waits (ms) before each bump of its version. */
export type Churn =
  /** Bumps of a memoryless process. */
  | { kind: 'steady'; perSecond: number }
  /** Bursts of bumps within a short time, then calm. */
  | { kind: 'bursty'; bumps: Range; withinMs: Range; calmMs: Range };

/** Named rhythms (when-to-write.md). */
export const profiles = {
  calm: { kind: 'steady', perSecond: 0.1 },
  steady: { kind: 'steady', perSecond: 5 },
  bursty: { kind: 'bursty', bumps: [5, 20], withinMs: [300, 300], calmMs: [5_000, 30_000] },
  storm: { kind: 'steady', perSecond: 20 },
} as const satisfies Record<string, Churn>;

/** The waits between bumps, without end. */
export function* waits(churn: Churn, random: Random): Generator<number> {
  for (;;) {
    if (churn.kind === 'steady') {
      yield random.exponential(1000 / churn.perSecond);
    } else {
      yield random.between(churn.calmMs);
      const bumps = random.int(churn.bumps);
      const within = random.between(churn.withinMs);
      for (let bump = 1; bump < bumps; bump += 1) yield within / bumps;
    }
  }
}
