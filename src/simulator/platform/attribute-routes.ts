import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Deadlines } from '../../base/deadlines.js';
import type { Random, Range } from '../random.js';
import { conversationOf, participantOf, viewPermission, writePermission, type ConversationRoutesDeps } from './conversation-routes.js';
import { ApiError, badRequest } from './errors.js';
import { requirePermission } from './oauth.js';

const attributesBody = z.looseObject({ attributes: z.record(z.string(), z.string()) });
const secureBody = z.looseObject({ attributes: z.record(z.string(), z.string()), version: z.number() });
const customBody = z.looseObject({ id: z.string(), version: z.number().optional(), customAttributes: z.record(z.string(), z.unknown()) });

/** A 202 is carried out so much later, in ms: "202 means later" (genesys-cloud.md §5). */
const acceptedDelay: Range = [30, 150];

interface Route {
  Params: { cid: string; pid: string };
}

/** The attribute endpoints of the published API (genesys-cloud.md §5). */
export function attributeRoutes(server: FastifyInstance, deps: ConversationRoutesDeps & { deadlines: Deadlines; random: Random }): void {
  const { world, faults, ledger, deadlines, random } = deps;
  for (const media of ['', 'calls/', 'callbacks/', 'emails/', 'messages/']) {
    server.patch<Route>(`/api/v2/conversations/${media}:cid/participants/:pid/attributes`, async (request, reply) => {
      requirePermission(request.token, writePermission, faults.disguiseForbidden);
      const conversation = conversationOf(world, request.params.cid);
      const participant = participantOf(conversation, request.params.pid);
      const body = attributesBody.safeParse(request.body);
      if (!body.success) throw badRequest('attributes must be a map of strings', 'invalid.value');
      const { attributes } = body.data;
      reply.raw.once('close', ledger.arrived(`${conversation.id}/${participant.id}`));
      deadlines.after(random.between(acceptedDelay), () => {
        world.write(conversation, new Map([[participant, attributes]]));
      });
      ledger.write({
        conversationId: conversation.id,
        participantIds: [participant.id],
        attributes,
        ifMatch: undefined,
        version: conversation.version,
        status: 202,
      });
      return reply.code(202).send({ attributes });
    });
  }

  server.get<Route>('/api/v2/conversations/:cid/secureattributes', async (request) => {
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    return conversationOf(world, request.params.cid).secure;
  });
  server.put<Route>('/api/v2/conversations/:cid/secureattributes', async (request, reply) => {
    requirePermission(request.token, writePermission, faults.disguiseForbidden);
    const conversation = conversationOf(world, request.params.cid);
    const body = secureBody.safeParse(request.body);
    if (!body.success) throw badRequest('attributes and version are required', 'invalid.value');
    if (body.data.version !== conversation.secure.version) throw conflict(conversation.secure.version);
    conversation.secure = { attributes: { ...body.data.attributes }, version: conversation.secure.version + 1 };
    return reply.code(202).send(JSON.stringify('Accepted'));
  });

  server.get<Route>('/api/v2/conversations/:cid/customattributes', async (request) => {
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    const { id, custom } = conversationOf(world, request.params.cid);
    return {
      results: [...custom].map(([key, { attributes, version }]) => ({
        id: key,
        conversationId: id,
        customAttributes: attributes,
        version,
      })),
    };
  });
  server.patch<Route>('/api/v2/conversations/:cid/customattributes', async (request, reply) => {
    requirePermission(request.token, writePermission, faults.disguiseForbidden);
    const { custom } = conversationOf(world, request.params.cid);
    const body = customBody.safeParse(request.body);
    if (!body.success) throw badRequest('id and customAttributes are required', 'invalid.value');
    const { id, version, customAttributes } = body.data;
    const before = custom.get(id) ?? { attributes: {}, version: 0 };
    if (version !== undefined && version !== before.version) throw conflict(before.version);
    custom.set(id, { attributes: { ...before.attributes, ...customAttributes }, version: before.version + 1 });
    return reply.code(204).send();
  });
}

function conflict(version: number): ApiError {
  return new ApiError(409, 'general.conflict', `The version is ${version}`);
}
