import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { checkBodyVersion } from './body-version.js';
import { conversationOf, type ConversationRoutesDeps } from './conversation-routes.js';
import { badRequest, notFound } from './errors.js';
import { judgedWrite } from './judged-write.js';
import type { CustomRecord, SimConversation } from './model.js';
import { requirePermission } from './oauth.js';

const customBody = z.looseObject({
  id: z.string().min(1),
  divisions: z.array(z.string()).optional(),
  schemaId: z.string().optional(),
  version: z.int().optional(),
  customAttributes: z.record(z.string(), z.unknown()),
});

/** As the vendor's API definition names them. */
const viewPermission = 'conversation:customAttributes:view';
const editPermission = 'conversation:customAttributes:edit';
const deletePermission = 'conversation:customAttributes:delete';

interface Route {
  Params: { cid: string; id: string };
}

/**
 * Records of custom attributes, as `CustomAttributes…` of the vendor's SDK. Their ids are chosen by clients and stand in the
 * body of a write; PUT creates (and then needs a schema) or replaces, PATCH amends what is there. The lists of writes (`/bulk`),
 * the search and the schemas are not simulated.
 */
export function customAttributeRoutes(server: FastifyInstance, { world, faults, ledger }: ConversationRoutesDeps): void {
  const url = '/api/v2/conversations/:cid/customattributes';
  server.get<Route>(url, async (request) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: viewPermission, faults });
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    return { results: [...conversation.custom].map(([id, record]) => bodyOf(conversation, id, record)) };
  });
  server.get<Route>(`${url}/:id`, async (request) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: viewPermission, faults });
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    return bodyOf(conversation, request.params.id, recordOf(conversation, request.params.id));
  });
  server.delete<Route>(`${url}/:id`, async (request, reply) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: deletePermission, faults });
    requirePermission(request.token, deletePermission, faults.disguiseForbidden);
    recordOf(conversation, request.params.id);
    conversation.custom.delete(request.params.id);
    return reply.code(204).send();
  });
  for (const method of ['PUT', 'PATCH'] as const) {
    server.route<Route>({
      method,
      url,
      handler: async (request, reply) => {
        const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: editPermission, faults });
        const body = customBody.safeParse(request.body);
        if (!body.success) throw badRequest('id and customAttributes are required', 'invalid.value');
        const { id, version, schemaId, customAttributes } = body.data;
        const before = method === 'PATCH' ? recordOf(conversation, id) : conversation.custom.get(id);
        if (method === 'PUT') checkSchema(schemaId, before);
        const status = method === 'PUT' ? 200 : 204;
        const record = {
          target: 'custom-attributes',
          conversationId: conversation.id,
          participantIds: [],
          recordId: id,
          attributes: customAttributes,
          ifMatch: undefined,
          bodyVersion: version,
          version: before?.version ?? 0,
        } as const;
        judgedWrite(ledger, { request, reply, resources: [`${conversation.id} custom ${id}`], record, status }, () => {
          requirePermission(request.token, editPermission, faults.disguiseForbidden);
          checkBodyVersion(version, record.version, faults);
        });
        world.putCustom(conversation, id, body.data, method === 'PUT' ? 'replace' : 'merge');
        return method === 'PUT' ? { id } : reply.code(204).send();
      },
    });
  }
}

/** "Required for create, cannot be updated." Throws 400. */
function checkSchema(schemaId: string | undefined, before: CustomRecord | undefined): void {
  const fits = before === undefined ? schemaId !== undefined : schemaId === undefined || schemaId === before.schemaId;
  if (!fits) throw badRequest('schemaId is required to create a record, and cannot be updated', 'invalid.value');
}

function recordOf({ custom }: SimConversation, id: string): CustomRecord {
  const record = custom.get(id);
  if (record === undefined) throw notFound(`custom attributes record (${id})`);
  return record;
}

function bodyOf({ id: conversationId }: SimConversation, id: string, record: CustomRecord): Record<string, unknown> {
  const { schemaId, divisions, customAttributes, timestamps, version, dateCreated, dateModified } = record;
  return {
    id,
    conversationId,
    divisions,
    schema: { id: schemaId, version: 1 },
    customAttributes,
    customAttributesTimestamps: timestamps,
    version,
    dateCreated,
    dateModified,
    selfUri: `/api/v2/conversations/${conversationId}/customattributes/${id}`,
  };
}
