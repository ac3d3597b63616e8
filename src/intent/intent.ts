/** How far an intent has come (design.md §4). */
export type IntentState = 'accepted' | 'waiting' | 'sent' | 'applied' | 'confirmed' | 'satisfied' | 'superseded' | 'dead';

/** Whose attributes are wished for: a participant by its id, or the one that a purpose stands for. */
type ParticipantRef = { id: string } | { purpose: string };

/** Why an intent is where it is; what the platform said of it stands in full. */
export interface IntentReason {
  what: string;
  /** The keys that it concerns, where not all. */
  keys?: readonly string[] | undefined;
  status?: number | undefined;
  code?: string | undefined;
  body?: string | undefined;
  correlationId?: string | undefined;
}

/** Something that somebody wants written. */
export interface IntentRequest {
  /** What it is to be known by; undefined: what accepts it gives it an id. */
  id?: string | undefined;
  conversationId: string;
  participant: ParticipantRef;
  /** Undefined until a rule's lookup has answered. */
  attributes: Readonly<Record<string, string>> | undefined;
  /** The rule that it is from; undefined for the local API. */
  rule?: string | undefined;
  /** Names a firing that must happen once only, across restarts too. */
  firing?: string | undefined;
}

/** An accepted intent. */
export interface Intent extends IntentRequest {
  readonly id: string;
  /** Order of acceptance: of two wishes for one key the later one wins. */
  readonly sequence: number;
  /** Wall time, ms since the epoch. */
  readonly acceptedAt: number;
  state: IntentState;
  /** When it came to its end; wall time, ms since the epoch. Undefined as long as something may still be done for it. */
  finishedAt?: number | undefined;
  /** The participant that it was found to be for, once that is known. */
  writtenTo?: string | undefined;
  /** Key → how often its value was written again because somebody else had overwritten it. */
  reasserted?: Readonly<Record<string, number>> | undefined;
  /** When that last came about; wall time, ms since the epoch. */
  reopenedAt?: number | undefined;
  /** Requests that were sent for it. */
  attempts: number;
  reason?: IntentReason | undefined;
}

/** What the writer is handed: an intent whose values are known. */
export type Wish = Intent & { attributes: Readonly<Record<string, string>> };

/** Since when it waits to be written: wall time, ms since the epoch. */
export function waitingSince({ reopenedAt, acceptedAt }: Intent): number {
  return reopenedAt ?? acceptedAt;
}

const ends: ReadonlySet<IntentState> = new Set(['confirmed', 'satisfied', 'superseded', 'dead']);

/** Whether an intent that comes to this state is finished by it; `applied` waits for its proof of arrival. */
export function isEnd(state: IntentState): boolean {
  return ends.has(state);
}

/** Whether nothing more will be done for an intent, unless somebody overwrites what it wrote. */
export function isFinished({ finishedAt }: Pick<Intent, 'finishedAt'>): boolean {
  return finishedAt !== undefined;
}
