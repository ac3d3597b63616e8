import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { writeAttributes } from './attribute-writes.js';
import { bodyB, etagOf, participantB } from './bodies.js';
import { conversationOf, participantOf, viewPermission, writePermission, type ConversationRoutesDeps } from './conversation-routes.js';
import { ApiError, badRequest } from './errors.js';
import type { Faults } from './faults.js';
import { judgedWrite } from './judged-write.js';
import type { SimConversation, SimParticipant } from './model.js';
import { requirePermission } from './oauth.js';

const attributes = z.record(z.string(), z.string());
const participantBody = z.looseObject({ attributes });
const conversationBody = z.looseObject({ participants: z.array(z.looseObject({ id: z.string(), attributes })) });

interface Route {
  Params: { cid: string; pid: string };
}

/** The versioned `voice` resources (genesys-cloud.md §6). */
export function voiceRoutes(server: FastifyInstance, { world, faults, ledger }: ConversationRoutesDeps): void {
  const tag = (reply: FastifyReply, conversation: SimConversation): void => {
    const etag = etagOf(conversation, faults.etags);
    if (etag !== undefined) reply.header('etag', etag);
  };
  const read = (request: FastifyRequest, reply: FastifyReply, conversation: SimConversation): void => {
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    request.token.lastRead.set(conversation.id, conversation.version);
    tag(reply, conversation);
  };
  /** Judges a conditional write, carries it out, and records it whatever came of it. */
  const write = (
    request: FastifyRequest,
    reply: FastifyReply,
    conversation: SimConversation,
    values: Map<SimParticipant, Record<string, string>>,
  ): void => {
    const ifMatch = request.headers['if-match'];
    const participants = [...values.keys()].map(({ id }) => id);
    const whole = participants.length === 1 ? [] : [conversation.id];
    const resources = [...participants.map((id) => `${conversation.id}/${id}`), ...whole];
    const record = {
      target: 'voice',
      conversationId: conversation.id,
      participantIds: participants,
      attributes: Object.assign({}, ...values.values()) as Record<string, string>,
      ifMatch,
      version: conversation.version,
    } as const;
    judgedWrite(ledger, { request, reply, resources, record, status: 200 }, () => {
      requirePermission(request.token, writePermission, faults.disguiseForbidden);
      checkPrecondition(request, conversation, faults);
    });
    writeAttributes(world, conversation, values, faults);
    request.token.lastRead.set(conversation.id, conversation.version);
    tag(reply, conversation);
  };

  server.get<Route>('/api/v2/conversations/voice/:cid', async (request, reply) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: viewPermission, faults });
    read(request, reply, conversation);
    return { ...bodyB(conversation), version: conversation.version };
  });
  server.get<Route>('/api/v2/conversations/voice/:cid/participants/:pid', async (request, reply) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: viewPermission, faults });
    const participant = participantOf(conversation, request.params.pid);
    read(request, reply, conversation);
    return participantB(participant);
  });
  server.patch<Route>('/api/v2/conversations/voice/:cid/participants/:pid', async (request, reply) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: writePermission, faults });
    const participant = participantOf(conversation, request.params.pid);
    const body = participantBody.safeParse(request.body);
    if (!body.success) throw badRequest('attributes must be a map of strings', 'invalid.value');
    write(request, reply, conversation, new Map([[participant, body.data.attributes]]));
    return participantB(participant);
  });
  server.patch<Route>('/api/v2/conversations/voice/:cid', async (request, reply) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: writePermission, faults });
    const body = conversationBody.safeParse(request.body);
    if (!body.success) throw badRequest('participants must be a list of {id, attributes}', 'invalid.value');
    write(
      request,
      reply,
      conversation,
      new Map(body.data.participants.map(({ id, attributes: values }) => [participantOf(conversation, id), values])),
    );
    return { ...bodyB(conversation), version: conversation.version };
  });
}

/** If-Match against the present version; without it, a blind overwrite meets a conflict if the state moved since the last read. */
function checkPrecondition(request: FastifyRequest, conversation: SimConversation, faults: Faults): void {
  const given = request.headers['if-match'];
  if (given === undefined && faults.ifMatch === 'required')
    throw new ApiError(428, 'precondition.required', 'The request needs an If-Match header');
  const present = etagOf(conversation, faults.etags);
  const matches =
    given === undefined
      ? (request.token.lastRead.get(conversation.id) ?? conversation.version) === conversation.version
      : given === '*' || (given === present && !given.startsWith('W/'));
  if (matches || (given !== undefined && faults.ifMatch === 'ignored')) return;
  throw new ApiError(
    faults.conflictStatus,
    'general.conflict',
    `The resource ${request.url} has been changed: version ${conversation.version}`,
    {
      headers: faults.conflictEtag && present !== undefined ? { etag: present } : {},
      params: { resource: request.url },
    },
  );
}
