import { stateRank, type Participant, type Shape, type Snapshot } from './snapshot.js';

/** What a conversation's body tells, in either shape (genesys-cloud.md §4), before a snapshot is made of it. */
export interface ConversationBody {
  id: string;
  participants: readonly ParticipantBody[];
  version: number | undefined;
  etag: string | undefined;
  endTime: string | undefined;
}

/** What one of its participants' bodies tells. */
export interface ParticipantBody {
  id: string | undefined;
  purpose: string | undefined;
  state: string | undefined;
  attributes: Readonly<Record<string, string>> | undefined;
  userId: string | undefined;
  /** The user's id, where it tells of a user. */
  user: string | undefined;
  queueId: string | undefined;
  queue: string | undefined;
  address: string | undefined;
  ani: string | undefined;
  dnis: string | undefined;
  startTime: string | undefined;
  connectedTime: string | undefined;
  endTime: string | undefined;
  version: number | undefined;
  etag: string | undefined;
  /** The arrays of legs that a participant of shape A has, each at most once. */
  legs: readonly Legs[];
}

export interface Legs {
  media: string;
  /** How many there are, also of those that tell nothing. */
  count: number;
  legs: readonly Leg[];
}

export interface Leg {
  state: string | undefined;
  connectedTime: string | undefined;
  disconnectedTime: string | undefined;
}

/** Names of the arrays of legs, in the order in which they are looked at where a participant has several. */
export const media = [
  'calls',
  'callbacks',
  'chats',
  'emails',
  'messages',
  'internalMessages',
  'socialExpressions',
  'videos',
  'cobrowsesessions',
  'screenshares',
] as const;

const noLegs: readonly Legs[] = [];

/** A text that says something; undefined for anything else. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A version; undefined for anything that is none. */
export function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** One that tells nothing yet. */
export function participantBody(): ParticipantBody {
  return {
    id: undefined,
    purpose: undefined,
    state: undefined,
    attributes: undefined,
    userId: undefined,
    user: undefined,
    queueId: undefined,
    queue: undefined,
    address: undefined,
    ani: undefined,
    dnis: undefined,
    startTime: undefined,
    connectedTime: undefined,
    endTime: undefined,
    version: undefined,
    etag: undefined,
    legs: noLegs,
  };
}

/**
 * The conversation as it is now.
 * @param family the media of its topic, such as `calls`, where the topic tells it
 */
export function snapshotOf({ id, participants, version, etag, endTime }: ConversationBody, family: string | undefined): Snapshot {
  const known: Participant[] = [];
  let shape: Shape = 'B';
  for (const each of participants) {
    if (each.legs.length > 0) shape = 'A';
    const participant = participantOf(each, family);
    if (participant !== undefined) known.push(participant);
  }
  return { id, participants: known, version, etag, endTime, shape };
}

/** Undefined if it has no id. */
export function participantOf(body: ParticipantBody, family: string | undefined): Participant | undefined {
  const { id, purpose, state, attributes, userId, user, queueId, queue, address, ani, dnis } = body;
  const { startTime, connectedTime, endTime, version, etag, legs } = body;
  if (id === undefined) return undefined;
  const leg = presentLeg(legs.length > 1 ? media.flatMap((name) => legs.filter((list) => list.media === name)) : legs);
  return {
    id,
    purpose,
    state: (leg === undefined ? state : leg.state) ?? (endTime === undefined ? undefined : 'terminated'),
    attributes,
    userId: userId ?? user,
    queueId: queueId ?? queue,
    media: mediaOf(legs) ?? family,
    address,
    ani: ani ?? (purpose === 'customer' ? address?.replace(/^tel:/, '') : undefined),
    dnis,
    startTime,
    connectedTime: connectedTime ?? leg?.connectedTime,
    endTime: endTime ?? leg?.disconnectedTime,
    version,
    etag,
  };
}

/** Of a participant's legs, the last one that goes on, else the last one. */
function presentLeg(lists: readonly Legs[]): Leg | undefined {
  let last: Leg | undefined;
  let going: Leg | undefined;
  for (const { legs } of lists) {
    for (const leg of legs) {
      last = leg;
      if ((stateRank(leg.state) ?? 0) < 2) going = leg;
    }
  }
  return going ?? last;
}

/** The media of its legs, if all are of one. */
function mediaOf(lists: readonly Legs[]): string | undefined {
  let found: string | undefined;
  for (const { media: name, count } of lists) {
    if (count === 0) continue;
    if (found !== undefined) return undefined;
    found = name;
  }
  return found;
}
