import { z } from 'zod';
import type { NotificationEvent } from '../genesys/frames.js';

const body = z.record(z.string(), z.unknown());

/** The envelope of AWS EventBridge, as far as it is of use; `time` is in whole seconds and of AWS, so it orders nothing. */
const envelopeSchema = z.object({
  'detail-type': z.string().optional(),
  detail: z.looseObject({
    topicName: z.string().optional(),
    eventBody: body.optional(),
    metadata: body.nullish(),
    timestamp: z.union([z.string(), z.number()]).optional(),
  }),
});

/** Fields of a detail that are the envelope's, where the rest of it is the body. */
const ofDetail = new Set(['topicName', 'metadata', 'timestamp']);

/**
 * The event in a message that Genesys Cloud's EventBridge integration made (genesys-cloud.md §8): the same body as over a channel
 * under `detail`, with the `timestamp` of its making. Throws an `Error` that says what is wrong, never what stands in it.
 */
export function eventOf(text: string): NotificationEvent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('the message is not JSON');
  }
  const parsed = envelopeSchema.safeParse(json);
  if (!parsed.success) throw new Error('the message is no EventBridge envelope: it has no detail that is an object');
  const { detail, 'detail-type': type } = parsed.data;
  const topicName = detail.topicName ?? type;
  if (topicName === undefined) throw new Error('the message has neither detail.topicName nor detail-type');
  const eventBody = detail.eventBody ?? Object.fromEntries(Object.entries(detail).filter(([key]) => !ofDetail.has(key)));
  const timestamp = timeOf(detail.timestamp);
  return { topicName, eventBody, metadata: detail.metadata ?? {}, ...(timestamp === undefined ? {} : { timestamp }) };
}

/** ISO 8601 (UTC where it names no zone), or ms since the epoch, as a number or as text; undefined where it is neither. */
function timeOf(written: string | number | undefined): number | undefined {
  const isDate = typeof written === 'string' && !/^\d+$/.test(written);
  const time = isDate ? Date.parse(/T[\d:.]+$/.test(written) ? `${written}Z` : written) : Number(written ?? NaN);
  return Number.isFinite(time) ? time : undefined;
}
