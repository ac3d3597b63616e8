import type { Evidence } from '../conversation/evidence.js';
import type { Wish } from '../intent/intent.js';

/** How sure it is that a value stands: nothing has shown it, something may have shown another one, or it was shown. */
type Proof = 'none' | 'doubted' | 'shown';

/** A value that was written, and is watched until a newer wish or the end of the call. */
export interface Watched {
  readonly wish: Wish;
  readonly participantId: string;
  readonly key: string;
  readonly value: string;
  /** The version that the write made, if it is on the count of the events. */
  readonly version: number | undefined;
  /** Own writes of the conversation by then, this one among them. */
  readonly writes: number;
  /** A read that was asked before this time (clock's ms) may not show it yet. */
  readonly settledAt: number;
  proof: Proof;
  /** Since when nothing proves it; clock's ms. */
  since: number;
  /** When it is read back if nothing shows it; clock's ms. */
  readAt: number;
}

/** What a piece of evidence means for a value. */
export type Meaning = 'shows' | 'contradicts' | 'doubts' | 'nothing';

/**
 * What an event means for a value that was written: pure. An event of a version from before the write tells nothing. One
 * that shows another value contradicts if its version says that it is newer, and else only raises a doubt, as it may be
 * from before the write: that is settled by a read, not by a guess (design.md §6).
 */
export function meaningOf(watched: Pick<Watched, 'participantId' | 'key' | 'value' | 'version'>, evidence: Evidence): Meaning {
  const { participantId, key, value, version } = watched;
  if (evidence.participantId !== participantId) return 'nothing';
  const seen = evidence.version;
  const ordered = version !== undefined && seen !== undefined;
  if (ordered && seen < version) return 'nothing';
  const shown = evidence.attributes[key];
  if (shown === undefined && evidence.from === 'part') return 'nothing';
  if (shown === value) return 'shows';
  return ordered || evidence.from === 'read' ? 'contradicts' : 'doubts';
}
