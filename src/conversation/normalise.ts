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
    }
  /** Something happened to it, and no more is said than perhaps its version. */
  | { kind: 'touch'; conversationId: string; version?: number | undefined; etag?: string | undefined };

/** Arrays of legs that a participant of shape A may have. */
const media = [
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

/** Both body shapes, attribute events and detail events as one type; undefined if the event is about no conversation. */
export function normaliseEvent({ topicName, eventBody }: NotificationEvent): Observation | undefined {
  if (topicName.startsWith('v2.detail.events.conversation.')) return detailOf(eventBody);
  const snapshot = normaliseConversation(eventBody, /\.conversations\.(\w+)$/.exec(topicName)?.[1]);
  return snapshot === undefined ? touchOf(topicName, eventBody) : { kind: 'snapshot', snapshot };
}

/**
 * A conversation's body of either shape, from an event or a GET; undefined if it is none.
 * @param family the media of its topic, such as `calls`, where the topic tells it
 */
export function normaliseConversation(body: unknown, family?: string): Snapshot | undefined {
  if (!isBody(body)) return undefined;
  const id = text(body['id']);
  const { participants } = body;
  if (id === undefined || !Array.isArray(participants)) return undefined;
  const bodies = participants.filter(isBody);
  return {
    id,
    participants: bodies.map((each) => normaliseParticipant(each, family)).filter((participant) => participant !== undefined),
    version: wholeNumber(body['version']),
    etag: text(body['etag']),
    endTime: text(body['endTime']),
    shape: shapeOf(bodies),
  };
}

/** A participant's body of either shape; undefined if it is none. */
export function normaliseParticipant(body: unknown, family?: string): Participant | undefined {
  if (!isBody(body)) return undefined;
  const id = text(body['id']);
  if (id === undefined) return undefined;
  const leg = presentLeg(body);
  const purpose = text(body['purpose']);
  const address = text(body['address']);
  const endTime = text(body['endTime']);
  return {
    id,
    purpose,
    state: text((leg ?? body)['state']) ?? (endTime === undefined ? undefined : 'terminated'),
    attributes: isBody(body['attributes']) ? stringMap(body['attributes']) : undefined,
    userId: text(body['userId']) ?? idOf(body['user']),
    queueId: text(body['queueId']) ?? idOf(body['queue']),
    media: mediaOf(body) ?? family,
    address,
    ani: text(body['ani']) ?? (purpose === 'customer' ? address?.replace(/^tel:/, '') : undefined),
    dnis: text(body['dnis']),
    startTime: text(body['startTime']),
    connectedTime: text(body['connectedTime']) ?? text(leg?.['connectedTime']),
    endTime: endTime ?? text(leg?.['disconnectedTime']),
    version: wholeNumber(body['version']),
    etag: text(body['etag']),
  };
}

function detailOf(body: Body): Observation | undefined {
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
  };
}

/** An event of a conversation without its participants still tells that it moved, and perhaps to which version. */
function touchOf(topicName: string, body: Body): Observation | undefined {
  const conversationId = text(body['id']);
  if (conversationId === undefined || !/\.conversations(\.|$)/.test(topicName)) return undefined;
  return { kind: 'touch', conversationId, version: wholeNumber(body['version']), etag: text(body['etag']) };
}

function shapeOf(participants: readonly Body[]): Shape {
  return participants.some((participant) => media.some((name) => Array.isArray(participant[name]))) ? 'A' : 'B';
}

/** Of a participant's legs, the last one that goes on, else the last one. */
function presentLeg(participant: Body): Body | undefined {
  const legs = media.flatMap((name) => (Array.isArray(participant[name]) ? participant[name].filter(isBody) : []));
  return legs.findLast((leg) => (stateRank(text(leg['state'])) ?? 0) < 2) ?? legs.at(-1);
}

/** The media of its legs, if all are of one. */
function mediaOf(participant: Body): string | undefined {
  const found = media.filter((name) => Array.isArray(participant[name]) && participant[name].length > 0);
  return found.length === 1 ? found[0] : undefined;
}

function stringMap(body: Body): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[key, String(value)]] : [],
    ),
  );
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
