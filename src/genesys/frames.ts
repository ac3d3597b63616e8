import { z } from 'zod';
import { decideFrame, type Decision } from './close-codes.js';

/**
 * A conversation event or any other notification, as it came; unknown keys and values are left as they are. The body and the
 * metadata may be made when they are asked for: a copy is made by `plainEvent`, not by spreading.
 */
export interface NotificationEvent {
  topicName: string;
  eventBody: Readonly<Record<string, unknown>>;
  metadata: Readonly<Record<string, unknown>>;
  /**
   * When the platform made it, in ms since the epoch by its clock: told by feeds that keep no order (genesys-cloud.md §8), not by
   * channels. It orders events of one conversation among each other, and is compared with no other time.
   */
  timestamp?: number;
  /** What was read of its body while it was decoded, if anything was (see `BodyReader`). */
  read?: unknown;
}

/** What one text frame of a channel's socket says (genesys-cloud.md §3). */
export type Frame =
  | { kind: 'event'; event: NotificationEvent }
  | { kind: 'heartbeat' }
  | { kind: 'pong' }
  /** The server will close the socket, or the channel is no longer ours, or its token is gone: `name` of the `v2.system` topic. */
  | { kind: 'closing'; name: string; decision: Decision }
  /** The answer to a subscribe or unsubscribe frame. */
  | { kind: 'reply'; result: string; correlationId: string | undefined };

const replySchema = z.object({ result: z.union([z.string(), z.number()]).transform(String), correlationId: z.string().optional() });

/** An event as it came: all of it is made, and nothing else. */
export function plainEvent({ topicName, eventBody, metadata, timestamp }: NotificationEvent): NotificationEvent {
  return timestamp === undefined ? { topicName, eventBody, metadata } : { topicName, eventBody, metadata, timestamp };
}

/** Decodes a frame. Throws an `Error` that says what is wrong with it, never what stands in it. */
export function decodeFrame(text: string): Frame {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('the frame is not JSON');
  }
  return frameOf(json);
}

/** What a frame's JSON says. Throws as `decodeFrame` does. */
export function frameOf(json: unknown): Frame {
  const event = eventOf(json);
  if (event === undefined) return decodeReply(json);
  const { topicName, eventBody } = event;
  if (topicName === 'channel.metadata') return eventBody['message'] === 'pong' ? { kind: 'pong' } : { kind: 'heartbeat' };
  // a channel's or token's id may follow the name
  const [, , name = ''] = topicName.startsWith('v2.system.') ? topicName.split('.') : [];
  const decision = decideFrame(name);
  if (decision !== undefined) return { kind: 'closing', name, decision };
  return { kind: 'event', event };
}

/** By hand, as a schema would copy each body whole, key by key (test/bench/ingest.ts); undefined if it is no event. */
function eventOf(json: unknown): NotificationEvent | undefined {
  if (!isRecord(json)) return undefined;
  const { topicName, eventBody, metadata } = json;
  if (typeof topicName !== 'string' || !isRecord(eventBody)) return undefined;
  if (metadata === undefined || metadata === null) return { topicName, eventBody, metadata: {} };
  return isRecord(metadata) ? { topicName, eventBody, metadata } : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeReply(json: unknown): Frame {
  const parsed = replySchema.safeParse(json);
  if (!parsed.success) throw new Error('the frame has neither topicName and eventBody nor result');
  return { kind: 'reply', result: parsed.data.result, correlationId: parsed.data.correlationId };
}
