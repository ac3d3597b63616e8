import type { NotificationEvent } from '../genesys/frames.js';
import { stateRank, type Participant, type Shape, type Snapshot } from './snapshot.js';

type Body = Readonly<Record<string, unknown>>;

/** What an event or a read tells of one conversation. */
export type Observation =
  | { kind: 'snapshot'; snapshot: Snapshot }
  /** Some attributes of one participant; whether all of them is unknown: merged, never deleted on absence. */
  | {
      kind: 'attributes';
      conversationId: string;
      participantId: string;
      attributes: Readonly<Record<string, string>>;
      version?: number | undefined;
      etag?: string | undefined;
      /** See `NotificationEvent.timestamp`. */
      timestamp?: number;
    }
  /** Something happened to it, and no more is said than perhaps its version. */
  | { kind: 'touch'; conversationId: string; version?: number | undefined; etag?: string | undefined };

/** Arrays of legs that a participant of shape A may have. */
const media: ReadonlySet<string> = new Set([
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
]);

/** Both body shapes, attribute events and detail events as one type; undefined if the event is about no conversation. */
export function normaliseEvent(event: NotificationEvent): Observation | undefined {
  const { topicName, eventBody, timestamp } = event;
  if (topicName.startsWith('v2.detail.events.conversation.')) return detailOf(eventBody, timestamp);
  const snapshot = normaliseConversation(eventBody, /\.conversations\.(\w+)$/.exec(topicName)?.[1]);
  if (snapshot === undefined) return touchOf(topicName, eventBody);
  return { kind: 'snapshot', snapshot: timestamp === undefined ? snapshot : { ...snapshot, timestamp } };
}

/**
 * A conversation's body of either shape, from an event or a GET; undefined if it is none.
 * @param family the media of its topic, such as `calls`, where the topic tells it
 */
export function normaliseConversation(body: unknown, family?: string): Snapshot | undefined {
  if (!isBody(body)) return undefined;
  let id, participants, version, etag, endTime;
  // one walk: each look-up by name would be a slow one, as bodies come with their keys in any order (test/bench/ingest.ts)
  for (const key in body) {
    const value = body[key];
    switch (key) {
      case 'id':
        id = text(value);
        break;
      case 'participants':
        participants = value;
        break;
      case 'version':
        version = wholeNumber(value);
        break;
      case 'etag':
        etag = text(value);
        break;
      case 'endTime':
        endTime = text(value);
        break;
    }
  }
  if (id === undefined || !Array.isArray(participants)) return undefined;
  const known: Participant[] = [];
  let shape: Shape = 'B';
  for (const each of participants) {
    const read = isBody(each) ? readParticipant(each, family) : undefined;
    if (read?.hasLegs === true) shape = 'A';
    if (read?.participant !== undefined) known.push(read.participant);
  }
  return { id, participants: known, version, etag, endTime, shape };
}

/** A participant's body of either shape; undefined if it is none. */
export function normaliseParticipant(body: unknown, family?: string): Participant | undefined {
  return isBody(body) ? readParticipant(body, family).participant : undefined;
}

/** The present leg, and the arrays of legs that a participant has. */
interface Leg {
  state: string | undefined;
  connectedTime: string | undefined;
  disconnectedTime: string | undefined;
}
interface Legs {
  media: string;
  legs: readonly unknown[];
}

const noLegs: readonly Legs[] = [];

function readParticipant(body: Body, family: string | undefined): { participant: Participant | undefined; hasLegs: boolean } {
  let id, purpose, state, attributes, userId, user, queueId, queue, address, ani, dnis, startTime, connectedTime, endTime, version, etag;
  let lists = noLegs;
  for (const key in body) {
    const value = body[key];
    switch (key) {
      case 'id':
        id = text(value);
        break;
      case 'purpose':
        purpose = text(value);
        break;
      case 'state':
        state = text(value);
        break;
      case 'attributes':
        if (isBody(value)) attributes = stringMap(value);
        break;
      case 'userId':
        userId = text(value);
        break;
      case 'user':
        user = idOf(value);
        break;
      case 'queueId':
        queueId = text(value);
        break;
      case 'queue':
        queue = idOf(value);
        break;
      case 'address':
        address = text(value);
        break;
      case 'ani':
        ani = text(value);
        break;
      case 'dnis':
        dnis = text(value);
        break;
      case 'startTime':
        startTime = text(value);
        break;
      case 'connectedTime':
        connectedTime = text(value);
        break;
      case 'endTime':
        endTime = text(value);
        break;
      case 'version':
        version = wholeNumber(value);
        break;
      case 'etag':
        etag = text(value);
        break;
      default:
        if (Array.isArray(value) && media.has(key)) lists = [...lists, { media: key, legs: value }];
    }
  }
  const hasLegs = lists.length > 0;
  if (id === undefined) return { participant: undefined, hasLegs };
  if (lists.length > 1) lists = [...media].flatMap((name) => lists.filter((list) => list.media === name));
  const leg = presentLeg(lists);
  const participant = {
    id,
    purpose,
    state: (leg === undefined ? state : leg.state) ?? (endTime === undefined ? undefined : 'terminated'),
    attributes,
    userId: userId ?? user,
    queueId: queueId ?? queue,
    media: mediaOf(lists) ?? family,
    address,
    ani: ani ?? (purpose === 'customer' ? address?.replace(/^tel:/, '') : undefined),
    dnis,
    startTime,
    connectedTime: connectedTime ?? leg?.connectedTime,
    endTime: endTime ?? leg?.disconnectedTime,
    version,
    etag,
  };
  return { participant, hasLegs };
}

function detailOf(body: Body, timestamp: number | undefined): Observation | undefined {
  const conversationId = text(body['conversationId']);
  if (conversationId === undefined) return undefined;
  const participantId = text(body['participantId']);
  const { attributes } = body;
  if (participantId === undefined || !isBody(attributes)) return { kind: 'touch', conversationId };
  return {
    kind: 'attributes',
    conversationId,
    participantId,
    attributes: stringMap(attributes),
    version: wholeNumber(body['version']),
    etag: text(body['etag']),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

/** An event of a conversation without its participants still tells that it moved, and perhaps to which version. */
function touchOf(topicName: string, body: Body): Observation | undefined {
  const conversationId = text(body['id']);
  if (conversationId === undefined || !/\.conversations(\.|$)/.test(topicName)) return undefined;
  return { kind: 'touch', conversationId, version: wholeNumber(body['version']), etag: text(body['etag']) };
}

/** A leg's state and times. */
function readLeg(leg: Body): Leg {
  let state, connectedTime, disconnectedTime;
  for (const key in leg) {
    switch (key) {
      case 'state':
        state = text(leg[key]);
        break;
      case 'connectedTime':
        connectedTime = text(leg[key]);
        break;
      case 'disconnectedTime':
        disconnectedTime = text(leg[key]);
        break;
    }
  }
  return { state, connectedTime, disconnectedTime };
}

/** Of a participant's legs, the last one that goes on, else the last one. */
function presentLeg(lists: readonly Legs[]): Leg | undefined {
  let last: Leg | undefined;
  let going: Leg | undefined;
  for (const { legs } of lists) {
    for (const each of legs) {
      if (!isBody(each)) continue;
      last = readLeg(each);
      if ((stateRank(last.state) ?? 0) < 2) going = last;
    }
  }
  return going ?? last;
}

/** The media of its legs, if all are of one. */
function mediaOf(lists: readonly Legs[]): string | undefined {
  const found = lists.filter(({ legs }) => legs.length > 0);
  return found.length === 1 ? found[0]?.media : undefined;
}

/** The same map if all is text already, else one with what can be text. */
function stringMap(body: Body): Readonly<Record<string, string>> {
  return isStringMap(body)
    ? body
    : Object.fromEntries(
        Object.entries(body).flatMap(([key, value]) =>
          typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[key, String(value)]] : [],
        ),
      );
}

function isStringMap(body: Body): body is Readonly<Record<string, string>> {
  for (const key in body) if (typeof body[key] !== 'string') return false;
  return true;
}

function idOf(reference: unknown): string | undefined {
  return isBody(reference) ? text(reference['id']) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
