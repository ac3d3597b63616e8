import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Deadlines } from '../../base/deadlines.js';
import type { Random } from '../random.js';
import { writeAttributes } from './attribute-writes.js';
import { conversationOf, participantOf, writePermission, type ConversationRoutesDeps } from './conversation-routes.js';
import { badRequest } from './errors.js';
import { judgedWrite } from './judged-write.js';
import { requirePermission } from './oauth.js';

const attributesBody = z.looseObject({ attributes: z.record(z.string(), z.string()) });

interface Route {
  Params: { cid: string; pid: string };
}

export type AttributeRoutesDeps = ConversationRoutesDeps & { deadlines: Deadlines; random: Random };

/** The attribute endpoints of the published API (genesys-cloud.md §5). */
export function attributeRoutes(server: FastifyInstance, { world, faults, ledger, deadlines, random }: AttributeRoutesDeps): void {
  for (const media of ['', 'calls/', 'callbacks/', 'emails/', 'messages/']) {
    server.patch<Route>(`/api/v2/conversations/${media}:cid/participants/:pid/attributes`, async (request, reply) => {
      const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: writePermission, faults });
      const participant = participantOf(conversation, request.params.pid);
      const body = attributesBody.safeParse(request.body);
      if (!body.success) throw badRequest('attributes must be a map of strings', 'invalid.value');
      const { attributes } = body.data;
      const record = {
        target: 'attributes',
        conversationId: conversation.id,
        participantIds: [participant.id],
        attributes,
        ifMatch: undefined,
        version: conversation.version,
      } as const;
      judgedWrite(ledger, { request, reply, resources: [`${conversation.id}/${participant.id}`], record, status: 202 }, () => {
        requirePermission(request.token, writePermission, faults.disguiseForbidden);
      });
      deadlines.after(random.between(faults.acceptedDelay), () => {
        writeAttributes(world, conversation, new Map([[participant, attributes]]), faults);
      });
      return reply.code(202).send({ attributes });
    });
  }
}
