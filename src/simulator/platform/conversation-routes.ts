import type { FastifyInstance } from 'fastify';
import { bodyA, bodyB } from './bodies.js';
import { notFound } from './errors.js';
import type { Faults } from './faults.js';
import type { Ledger } from './ledger.js';
import type { SimConversation, SimParticipant } from './model.js';
import { requirePermission, type SimToken } from './oauth.js';
import type { World } from './world.js';

interface Route {
  Params: { cid: string };
}

export interface ConversationRoutesDeps {
  world: World;
  faults: Faults;
  ledger: Ledger;
}

/** Scopes of the versioned contract (genesys-cloud.md §6). */
export const viewPermission = 'conversation:view';
export const writePermission = 'conversation:write';

/** Who asks for a conversation, and what that needs. */
interface Asked {
  token: SimToken;
  permission: string;
  faults: Faults;
}

/** The conversation of a request. Throws 404, or 403 to a client that may not even know that there is none. */
export function conversationOf(world: World, id: string, { token, permission, faults }: Asked): SimConversation {
  const conversation = world.conversations.get(id);
  if (conversation !== undefined) return conversation;
  requirePermission(token, permission, faults.disguiseForbidden);
  throw notFound(`conversation (${id})`);
}

/** The participant of a request. Throws 404. */
export function participantOf({ participants }: SimConversation, id: string): SimParticipant {
  const participant = participants.find((each) => each.id === id);
  if (participant === undefined) throw notFound(`participant (${id})`);
  return participant;
}

/** Reads of conversations (genesys-cloud.md §5). */
export function conversationRoutes(server: FastifyInstance, { world, faults }: Omit<ConversationRoutesDeps, 'ledger'>): void {
  server.get<Route>('/api/v2/conversations/:cid', async (request, reply) => {
    const conversation = conversationOf(world, request.params.cid, { token: request.token, permission: viewPermission, faults });
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    return reply.send({ ...bodyA(conversation), startTime: conversation.startTime, endTime: conversation.endTime });
  });
  server.get('/api/v2/conversations', async () => ({ entities: [], pageSize: 25, pageNumber: 1, total: 0, pageCount: 0 }));
  server.get<Route>('/api/v2/conversations/calls/:cid', async (request) => {
    requirePermission(request.token, viewPermission, faults.disguiseForbidden);
    return bodyB(conversationOf(world, request.params.cid, { token: request.token, permission: viewPermission, faults }));
  });
}
