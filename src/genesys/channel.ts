import { createHash } from 'node:crypto';
import { z } from 'zod';
import { judge, Refused } from './errors.js';
import { jsonBody, type RestClient } from './rest.js';

/** A notification channel. Its id and its URI are secrets: whoever has them can listen (genesys-cloud.md §2). */
export interface Channel {
  id: string;
  connectUri: string;
  expires: string | undefined;
}

/** An OAuth client has so many channels at most: another one takes the place of one of them (genesys-cloud.md §2). */
export const mostChannels = 20;

/** A channel has so many topics at most (genesys-cloud.md §2). */
export const mostTopics = 1_000;

/** What the platform says of one topic that was wished for. */
export interface TopicState {
  topic: string;
  permitted: boolean;
  reason: string | undefined;
  missingPermissions: string[];
}

const channelBody = z.object({ id: z.string().min(1), connectUri: z.url({ protocol: /^wss?$/ }), expires: z.string().optional() });
const channelsBody = z.object({ entities: z.array(z.unknown()) });
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
 * Makes `topics` the channel's topics, in place of all it had or beside them, and renews the channel. A topic that is
 * refused does not hinder the others; a part of a combined one that is refused is told beside it. Throws `Refused` (verdict `gone` if there is no such channel any more).
 */
export async function subscribe(
  rest: RestClient,
  channel: Channel,
  topics: readonly string[],
  how: 'replace' | 'add' = 'replace',
): Promise<TopicState[]> {
  if (topics.length === 0 && how === 'add') return [];
  const method = how === 'replace' ? 'PUT' : 'POST';
  const answer = await rest.call({
    method,
    path: `${pathOf(channel)}/subscriptions?ignoreErrors=true`,
    compose: () => jsonBody(topics.map((id) => ({ id }))),
    urgent: true,
  });
  const body = subscriptionsBody.safeParse(answer.body);
  if (answer.status >= 300 || !body.success) throw new Refused(`${method} /api/v2/notifications/channels/…/subscriptions`, answer);
  const told = new Map(body.data.entities.map((entity) => [entity.id, entity]));
  const asked = topics.map((topic) => stateOf(topic, told.get(topic)));
  // a part of a combined topic that is refused stands beside it, under its own name (vendor's streaming client)
  const parts = topics.flatMap(partsOf).flatMap((part) => {
    const entity = told.get(part);
    return entity?.state === 'Rejected' ? [stateOf(part, entity)] : [];
  });
  return [...asked, ...parts];
}

function stateOf(topic: string, entity: z.output<typeof subscriptionsBody>['entities'][number] | undefined): TopicState {
  return {
    topic,
    permitted: entity !== undefined && entity.state !== 'Rejected',
    reason: entity === undefined ? 'the answer does not name it' : (entity.rejectionReason ?? undefined),
    missingPermissions: entity?.missingPermissions ?? [],
  };
}

/** The topics that a combined one stands for; none for any other. */
export function partsOf(topic: string): string[] {
  const [base = '', parts] = topic.split('?');
  return parts === undefined ? [] : parts.split('&').map((part) => `${base}.${part}`);
}

/** Takes all topics away from a channel. Throws what the REST client throws. */
export async function unsubscribeAll(rest: RestClient, channel: Channel): Promise<void> {
  await rest.call({ method: 'DELETE', path: `${pathOf(channel)}/subscriptions`, urgent: true });
}

/** The topics that a channel has. Throws `Refused`. */
export async function subscriptionsOf(rest: RestClient, channel: Channel): Promise<string[]> {
  const answer = await rest.call({ method: 'GET', path: `${pathOf(channel)}/subscriptions`, urgent: true });
  const body = subscriptionsBody.safeParse(answer.body);
  if (answer.status >= 300 || !body.success) throw new Refused('GET /api/v2/notifications/channels/…/subscriptions', answer);
  return body.data.entities.filter(({ state }) => state !== 'Rejected').map(({ id }) => id);
}

/** Whether the platform still has a channel. Throws `Refused` if it does not say. */
export async function isAlive(rest: RestClient, channel: Channel): Promise<boolean> {
  const answer = await rest.call({ method: 'HEAD', path: pathOf(channel), urgent: true });
  if (judge(answer) === 'done') return true;
  if (judge(answer) === 'gone') return false;
  throw new Refused('HEAD /api/v2/notifications/channels/…', answer);
}

/** How many channels the OAuth client has, whoever made them (genesys-cloud.md §2). Throws `Refused`. */
export async function countChannels(rest: RestClient): Promise<number> {
  const answer = await rest.expect({ method: 'GET', path: '/api/v2/notifications/channels?includechannels=oauthclient', urgent: true });
  const body = channelsBody.safeParse(answer.body);
  if (!body.success) throw new Refused('GET /api/v2/notifications/channels', answer);
  return body.data.entities.length;
}

function pathOf({ id }: Channel): string {
  return `/api/v2/notifications/channels/${encodeURIComponent(id)}`;
}

/** A name for a channel that may be logged: tells channels apart, and gives nothing of the id away. */
export function shown({ id }: Channel): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8);
}
