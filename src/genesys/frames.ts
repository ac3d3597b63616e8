import { z } from 'zod';

/** A conversation event or any other notification, as it came; unknown keys and values are left as they are. */
export interface NotificationEvent {
  topicName: string;
  eventBody: Readonly<Record<string, unknown>>;
  metadata: Readonly<Record<string, unknown>>;
}

/** What one text frame of a channel's socket says (genesys-cloud.md §3). */
export type Frame =
  | { kind: 'event'; event: NotificationEvent }
  | { kind: 'heartbeat' }
  | { kind: 'pong' }
  /** The server will close the socket, or the channel is no longer ours, or its token is gone. */
  | { kind: 'closing'; topicName: string; channel: 'kept' | 'gone' }
  /** The answer to a subscribe or unsubscribe frame. */
  | { kind: 'reply'; result: string; correlationId: string | undefined };

const eventSchema = z.object({
  topicName: z.string(),
  eventBody: z.record(z.string(), z.unknown()),
  metadata: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((metadata) => metadata ?? {}),
});
const replySchema = z.object({ result: z.union([z.string(), z.number()]).transform(String), correlationId: z.string().optional() });

/** Decodes a frame. Throws an `Error` that says what is wrong with it, never what stands in it. */
export function decodeFrame(text: string): Frame {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('the frame is not JSON');
  }
  const parsed = eventSchema.safeParse(json);
  if (!parsed.success) return decodeReply(json);
  const { topicName, eventBody, metadata } = parsed.data;
  if (topicName === 'channel.metadata') return eventBody['message'] === 'pong' ? { kind: 'pong' } : { kind: 'heartbeat' };
  if (topicName === 'v2.system.socket_closing') return { kind: 'closing', topicName, channel: 'kept' };
  if (/^v2\.system\.(no_longer_subscribed|token_revoked)(\.|$)/.test(topicName)) {
    return { kind: 'closing', topicName: topicName.split('.').slice(0, 3).join('.'), channel: 'gone' };
  }
  return { kind: 'event', event: { topicName, eventBody, metadata } };
}

function decodeReply(json: unknown): Frame {
  const parsed = replySchema.safeParse(json);
  if (!parsed.success) throw new Error('the frame has neither topicName and eventBody nor result');
  return { kind: 'reply', result: parsed.data.result, correlationId: parsed.data.correlationId };
}
