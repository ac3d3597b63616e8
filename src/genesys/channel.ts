import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Refused } from './errors.js';
import { jsonBody, type RestClient } from './rest.js';

/** A notification channel. Its id and its URI are secrets: whoever has them can listen (genesys-cloud.md §2). */
export interface Channel {
  id: string;
  connectUri: string;
  expires: string | undefined;
}

/** What the platform says of one topic that was wished for. */
export interface TopicState {
  topic: string;
  permitted: boolean;
  reason: string | undefined;
  missingPermissions: string[];
}

const channelBody = z.object({ id: z.string().min(1), connectUri: z.url({ protocol: /^wss?$/ }), expires: z.string().optional() });
const subscriptionsBody = z.object({
  entities: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string().nullish(),
      rejectionReason: z.string().nullish(),
      missingPermissions: z.array(z.string()).nullish(),
    }),
  ),
});

/** Makes a channel. */
export async function createChannel(rest: RestClient): Promise<Channel> {
  const answer = await rest.expect({ method: 'POST', path: '/api/v2/notifications/channels', urgent: true });
  const body = channelBody.safeParse(answer.body);
  if (!body.success) throw new Refused('POST /api/v2/notifications/channels', answer);
  return { expires: undefined, ...body.data };
}

/**
 * Makes `topics` the channel's topics, in place of all it had, and renews the channel. A topic that is refused does not
 * hinder the others. Throws `Refused` (verdict `gone` if there is no such channel any more).
 * @param had whether the channel may have topics: then they are taken from it also where none is wished
 */
export async function subscribe(rest: RestClient, channel: Channel, topics: readonly string[], had = false): Promise<TopicState[]> {
  if (topics.length === 0 && !had) return [];
  const answer = await rest.call({
    method: 'PUT',
    path: `/api/v2/notifications/channels/${encodeURIComponent(channel.id)}/subscriptions?ignoreErrors=true`,
    compose: () => jsonBody(topics.map((id) => ({ id }))),
    urgent: true,
  });
  const body = subscriptionsBody.safeParse(answer.body);
  if (answer.status >= 300 || !body.success) throw new Refused('PUT /api/v2/notifications/channels/…/subscriptions', answer);
  const told = new Map(body.data.entities.map((entity) => [entity.id, entity]));
  return topics.map((topic) => {
    const entity = told.get(topic);
    return {
      topic,
      permitted: entity !== undefined && entity.state !== 'Rejected',
      reason: entity === undefined ? 'the answer does not name it' : (entity.rejectionReason ?? undefined),
      missingPermissions: entity?.missingPermissions ?? [],
    };
  });
}

/** A name for a channel that may be logged: tells channels apart, and gives nothing of the id away. */
export function shown({ id }: Channel): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8);
}
