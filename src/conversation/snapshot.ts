/** One participant of a conversation, as much of it as decides: what rules see, and what tells its version. */
export interface Participant {
  readonly id: string;
  readonly purpose?: string | undefined;
  /** State of its present leg: `alerting`, `connected`, `disconnected`, `terminated`, … */
  readonly state?: string | undefined;
  /** Undefined while no body has told them. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly userId?: string | undefined;
  readonly queueId?: string | undefined;
  /** Name of the media that its legs are of, as in API paths: `calls`, `emails`, …; undefined if unknown or of several. */
  readonly media?: string | undefined;
  readonly address?: string | undefined;
  readonly ani?: string | undefined;
  readonly dnis?: string | undefined;
  /** ISO 8601, as the platform writes it. */
  readonly startTime?: string | undefined;
  readonly connectedTime?: string | undefined;
  readonly endTime?: string | undefined;
  /** The version as of which this is known. */
  readonly version?: number | undefined;
  readonly etag?: string | undefined;
}

/** The two shapes in which bodies come (genesys-cloud.md §4). */
export type Shape = 'A' | 'B';

/** A conversation at one moment, whatever body it came in. */
export interface Snapshot {
  readonly id: string;
  readonly participants: readonly Participant[];
  readonly version?: number | undefined;
  readonly etag?: string | undefined;
  /** Set when the body itself says that the conversation is over. */
  readonly endTime?: string | undefined;
  readonly shape: Shape;
  /** When the newest event that told so was made, by the platform's clock (`NotificationEvent.timestamp`); absent where none did. */
  readonly timestamp?: number | undefined;
}

/**
 * The same in objects of its own, for what lives on. V8 makes all objects of a literal old at once when most that it made at
 * first lived on; those of an event's snapshot must not be, as nearly all of them are garbage at the next one, and what they
 * refer to would get old with them: scavenges of 5,000 calls at full speed took 3.4 ms, and take 1.0 (`node --trace-gc`).
 */
export function kept({ id, participants, version, etag, endTime, shape, timestamp }: Snapshot): Snapshot {
  const snapshot = { id, participants: participants.map(keptParticipant), version, etag, endTime, shape };
  return timestamp === undefined ? snapshot : { ...snapshot, timestamp };
}

export function keptParticipant(participant: Participant): Participant {
  const { id, purpose, state, attributes, userId, queueId, media, address, ani, dnis } = participant;
  const { startTime, connectedTime, endTime, version, etag } = participant;
  return { id, purpose, state, attributes, userId, queueId, media, address, ani, dnis, startTime, connectedTime, endTime, version, etag };
}

/** Purposes and states that nearly every body has. */
export const usualTexts = [
  ...['customer', 'ivr', 'acd', 'agent', 'external', 'voicemail', 'workflow', 'user'],
  ...['alerting', 'dialing', 'contacting', 'offering', 'connected', 'disconnected', 'terminated'],
] as const;

/** States from which there is only one way: forward (genesys-cloud.md §4). Unknown states have no rank. */
const ranks: Readonly<Record<string, number>> = {
  alerting: 0,
  dialing: 0,
  contacting: 0,
  offering: 0,
  connected: 1,
  disconnected: 2,
  terminated: 3,
};

export function stateRank(state: string | undefined): number | undefined {
  return state === undefined ? undefined : ranks[state];
}

/** Whether a participant's leg is over. */
export function hasEnded({ state, endTime }: Participant): boolean {
  return endTime !== undefined || (stateRank(state) ?? 0) >= 2;
}

/** Whether no participant is left. */
export function isOver({ participants, endTime }: Snapshot): boolean {
  return endTime !== undefined || (participants.length > 0 && participants.every(hasEnded));
}

/** Whether the call is ending: the customer's leg is over, or no participant is left (design.md §3, "When"). */
export function isEnding(snapshot: Snapshot): boolean {
  const customers = snapshot.participants.filter(({ purpose }) => purpose === 'customer');
  return isOver(snapshot) || (customers.length > 0 && customers.every(hasEnded));
}

/** The participant that a purpose stands for: the first still connected, else the first of that purpose. */
export function participantOf({ participants }: Snapshot, purpose: string): Participant | undefined {
  const candidates = participants.filter((participant) => participant.purpose === purpose);
  return candidates.find((participant) => !hasEnded(participant)) ?? candidates[0];
}
