import type { Intent } from '../intent/intent.js';
import type { Outbox } from '../intent/outbox.js';

/** Intents that are neither applied nor at another end. */
export function pendingIn(outbox: Pick<Outbox, 'open'>): Intent[] {
  return outbox.open().filter(({ state }) => state !== 'applied');
}

/** In ms; undefined without any. They stand in order of acceptance, but the wall clock may have been set back between two of them. */
export function ageOfOldest(intents: readonly Intent[], now: number): number | undefined {
  if (intents.length === 0) return undefined;
  return Math.max(0, now - intents.reduce((oldest, { acceptedAt }) => Math.min(oldest, acceptedAt), Infinity));
}
