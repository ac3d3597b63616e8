import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import type { Channels, SimChannel } from './channels.js';
import { badRequest } from './errors.js';

const topicsBody = z.array(z.looseObject({ id: z.string() }));

interface ById {
  Params: { id: string };
  Querystring: { ignoreErrors?: string };
}

/** `/api/v2/notifications/channels…` (genesys-cloud.md §2). */
export function channelRoutes(server: FastifyInstance, channels: Channels, clock: Clock): void {
  const shown = (channel: SimChannel, host: string | undefined): Record<string, unknown> => ({
    connectUri: `ws://${host ?? ''}/channels/${channel.id}`,
    id: channel.id,
    expires: new Date(clock.wall() + channels.expires(channel) - clock.now()).toISOString(),
  });
  const own = (id: string): SimChannel => channels.get(id);
  const entities = (channel: SimChannel): Record<string, unknown> => ({
    entities: channel.topics.map((id) => ({ id, state: 'Permitted', selfUri: `/api/v2/notifications/${id}` })),
  });

  server.post('/api/v2/notifications/channels', async (request) => shown(channels.create(request.token), request.headers.host));
  server.get<{ Querystring: { includechannels?: string } }>('/api/v2/notifications/channels', async (request) => {
    const { token, query, headers } = request;
    const mine = channels
      .all()
      .filter((channel) => (query.includechannels === 'oauthclient' ? channel.token.client === token.client : channel.token === token));
    // channels of other tokens are there, but their ids are secrets (vendor's SDK, getNotificationsChannels)
    return {
      entities: mine.map((channel) => {
        const entity = shown(channel, headers.host);
        return channel.token === token ? entity : { expires: entity['expires'] };
      }),
    };
  });
  server.head<ById>('/api/v2/notifications/channels/:id', async (request, reply) => {
    own(request.params.id);
    return reply.code(200).send();
  });
  server.get<ById>('/api/v2/notifications/channels/:id/subscriptions', async (request) => entities(own(request.params.id)));
  server.delete<ById>('/api/v2/notifications/channels/:id/subscriptions', async (request, reply) => {
    const channel = own(request.params.id);
    channels.unsubscribe(channel, channel.topics);
    return reply.code(202).send();
  });
  for (const [method, how] of [
    ['POST', 'add'],
    ['PUT', 'replace'],
  ] as const) {
    server.route<ById>({
      method,
      url: '/api/v2/notifications/channels/:id/subscriptions',
      handler: async (request) => {
        const channel = own(request.params.id);
        const body = topicsBody.safeParse(request.body);
        if (!body.success) throw badRequest('The body must be a list of topics');
        const judged = channels.subscribe(
          channel,
          body.data.map(({ id }) => id),
          how,
          request.query.ignoreErrors === 'true',
        );
        return { entities: judged.map((entity) => ({ ...entity, selfUri: `/api/v2/notifications/${entity.id}` })) };
      },
    });
  }
}
