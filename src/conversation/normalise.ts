import type { NotificationEvent } from '../genesys/frames.js';
import { media, participantBody, participantOf, snapshotOf, text, wholeNumber, type Leg, type Legs, type ParticipantBody } from './body.js';
import { BytesBody } from './body-bytes.js';
import type { Participant, Snapshot } from './snapshot.js';

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

const mediaNames: ReadonlySet<string> = new Set(media);

/** Both body shapes, attribute events and detail events as one type; undefined if the event is about no conversation. */
export function normaliseEvent(event: NotificationEvent): Observation | undefined {
  const { topicName, read, timestamp } = event;
  if (topicName.startsWith('v2.detail.events.conversation.')) return detailOf(event.eventBody, timestamp);
  const family = /\.conversations\.(\w+)$/.exec(topicName)?.[1];
  const snapshot = read instanceof BytesBody ? snapshotOf(read, family) : normaliseConversation(event.eventBody, family);
  if (snapshot === undefined) return touchOf(topicName, event.eventBody);
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
  return snapshotOf({ id, participants: participants.filter(isBody).map(readParticipant), version, etag, endTime }, family);
}

/** A participant's body of either shape; undefined if it is none. */
export function normaliseParticipant(body: unknown, family?: string): Participant | undefined {
  return isBody(body) ? participantOf(readParticipant(body), family) : undefined;
}

function readParticipant(body: Body): ParticipantBody {
  const told = participantBody();
  for (const key in body) {
    const value = body[key];
    switch (key) {
      case 'id':
      case 'purpose':
      case 'state':
      case 'userId':
      case 'queueId':
      case 'address':
      case 'ani':
      case 'dnis':
      case 'startTime':
      case 'connectedTime':
      case 'endTime':
      case 'etag':
        told[key] = text(value);
        break;
      case 'user':
      case 'queue':
        told[key] = idOf(value);
        break;
      case 'attributes':
        if (isBody(value)) told.attributes = stringMap(value);
        break;
      case 'version':
        told.version = wholeNumber(value);
        break;
      default:
        if (Array.isArray(value) && mediaNames.has(key)) told.legs = [...told.legs, legsOf(key, value)];
    }
  }
  return told;
}

function legsOf(name: string, legs: readonly unknown[]): Legs {
  return { media: name, count: legs.length, legs: legs.filter(isBody).map(readLeg) };
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

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
