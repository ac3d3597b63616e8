import { participantOf } from '../../conversation/snapshot.js';
import { scopeOf, type Occasion } from './occasion.js';
import type { Rule } from './rule.js';

/**
 * Whether a rule of which nothing waits surely does nothing on an occasion: its condition is one for the short cut, and
 * is false. A turn costs promises and a memory for each frame, and most frames concern no rule (test/bench/ingest.ts).
 * @param about the participant that the moment is about, if it is about one
 * @param purpose of the participant that is written to; while there is none, a rule that fires once waits for it
 */
export function isIdle(
  { expressions }: Rule,
  about: string | undefined,
  occasion: Omit<Occasion, 'conversation'>,
  purpose: string,
): boolean {
  const { snapshot } = occasion;
  const written = participantOf(snapshot, purpose);
  if (written === undefined) return false;
  return expressions.surelyFails(scopeOf(occasion, about === undefined ? written : snapshot.participants.find(({ id }) => id === about)));
}
