import { NEVER, type Observable } from 'rxjs';
import type { Deadlines } from '../base/deadlines.js';
import { lossOf } from '../genesys/errors.js';

/** Waits after a failure of the platform or the network, in ms: the same as for reconnects (design.md §6). */
export const afterFailure = { base: 500, cap: 30_000 };

/** Whoever waited for the platform comes back within so many ms, and not all in one turn. */
const spread = 500;

export interface BackOffDeps {
  deadlines: Deadlines;
  random: () => number;
  /** Emits when the platform can be reached again. */
  recovered?: Observable<void>;
}

/** Waits `ms` after a failure, or until `stop`; if the platform could not be reached, not much longer than that lasts. */
export async function backOff(deps: BackOffDeps, ms: number, failure: unknown, stop: AbortSignal): Promise<void> {
  const { deadlines, random, recovered = NEVER } = deps;
  if (lossOf(failure) !== 'network-not-sent') return deadlines.pause(ms, stop);
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
  };
  const subscription = recovered.subscribe(() => {
    deadlines.after(random() * spread, end);
  });
  stop.addEventListener('abort', end);
  if (stop.aborted) end();
  await deadlines.pause(ms, ended.signal);
  subscription.unsubscribe();
  stop.removeEventListener('abort', end);
}
