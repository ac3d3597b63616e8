import type { FastifyReply } from 'fastify';
import { refusal } from './guard.js';

/** Answers 503 with a Retry-After: it may be asked again soon. */
export function unavailable(reply: FastifyReply, message: string, remedy: string): FastifyReply {
  return reply.code(503).header('retry-after', '5').send(refusal(message, remedy));
}
