import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { checkBodyVersion } from './body-version.js';
import { conversationOf, type ConversationRoutesDeps } from './conversation-routes.js';
import { badRequest } from './errors.js';
import { judgedWrite } from './judged-write.js';
import { requirePermission } from './oauth.js';

const secureBody = z.looseObject({ attributes: z.record(z.string(), z.string()), version: z.int().optional() });

/** As the vendor's API definition names them. */
const viewPermission = 'conversation:participant:attributesview';
const editPermission = 'conversation:participant:attributesedit';

interface Route {
  Params: { cid: string };
}

/**
 * One map of secure attributes a conversation, as `ConversationSecureAttributes` of the vendor's SDK: PUT sets it, and its
 * `version` is "used to detect conflicting updates when using PUT. Not used for PATCH", which merges.
 */
export function secureAttributeRoutes(server: FastifyInstance, { world, faults, ledger }: ConversationRoutesDeps): void {
  const url = '/api/v2/conversations/:cid/secureattributes';
  server.get<Route>(url, async (request) => {
    const { secure } = conversationOf(world, request.params.cid, { token: request.token, permission: viewPermission, faults });
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    return secure;
  });
  for (const method of ['PUT', 'PATCH'] as const) {
    server.route<Route>({
      method,
      url,
      handler: async (request, reply) => {
        const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: editPermission, faults });
        const body = secureBody.safeParse(request.body);
        if (!body.success) throw badRequest('attributes must be a map of strings', 'invalid.value');
        const { attributes, version } = body.data;
        if (method === 'PUT' && version === undefined) throw badRequest('version is required', 'invalid.value');
        const { secure } = conversation;
        const record = {
          target: 'secure-attributes',
          conversationId: conversation.id,
          participantIds: [],
          attributes,
          ifMatch: undefined,
          bodyVersion: version,
          version: secure.version,
        } as const;
        judgedWrite(ledger, { request, reply, resources: [`${conversation.id} secure`], record, status: 202 }, () => {
          requirePermission(request.token, editPermission, faults.disguiseForbidden);
          if (method === 'PUT') checkBodyVersion(version, secure.version, faults);
        });
        world.putSecure(conversation, method === 'PUT' ? attributes : { ...secure.attributes, ...attributes });
        return reply.code(202).type('application/json').send(JSON.stringify('Accepted'));
      },
    });
  }
}
