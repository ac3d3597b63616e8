import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { Deadlines } from '../../base/deadlines.js';
import type { Random, Range } from '../random.js';
import { ApiError, badRequest, forbidden, notFound, unauthorized } from './errors.js';
import type { Faults } from './faults.js';
import type { Ledger } from './ledger.js';
import type { OAuth, SimToken } from './oauth.js';
import { countCall, tooMany } from './rate-limit.js';

/** Largest body that the platform takes (genesys-cloud.md §5). */
const largestBody = 512_000;

export interface ApiDeps {
  clock: Clock;
  deadlines: Deadlines;
  random: Random;
  faults: Faults;
  oauth: OAuth;
  ledger: Ledger;
  /** Calls a minute per token. */
  perMinute: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every path below /api/v2. */
    token: SimToken;
    /** When it came in (clock's ms), before all latency. */
    arrivedAt: number;
  }
}

/** The API host's frame: latency, faults, tokens, the rate limit and error bodies; routes are added by others. */
export function createApi(deps: ApiDeps): FastifyInstance {
  const { clock, deadlines, random, faults, oauth, ledger } = deps;
  const server = Fastify({ bodyLimit: largestBody, forceCloseConnections: true });
  const wait = (range: Range): Promise<void> => (range[1] === 0 ? Promise.resolve() : deadlines.pause(random.between(range)));

  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
  // clients send a JSON content type also where there is no body
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch {
      done(badRequest('The request body is not JSON', 'invalid.json'));
    }
  });
  server.decorateRequest('token');
  server.decorateRequest('arrivedAt', 0);
  server.addHook('onRequest', async (request, reply) => {
    request.arrivedAt = clock.now();
    reply.header('inin-correlation-id', random.uuid());
  });
  // once all of it is here: what has left a client arrives also if that hangs up meanwhile
  server.addHook('preValidation', async (request, reply) => {
    await wait(faults.latencyUp);
    ledger.request(`${request.method} ${request.routeOptions.url ?? request.url}`);
    if (!request.url.startsWith('/api/v2/')) return;
    request.token = oauth.authenticate(request.headers.authorization);
    reply.headers(countCall(request.token, deps.perMinute, clock));
    injectFault(faults, random);
  });
  server.addHook('onSend', async (request, reply, payload) => {
    await wait(faults.latencyDown);
    if (reply.statusCode < 400 && random.chance(faults.unanswered)) request.raw.socket.destroy();
    return payload;
  });
  server.setErrorHandler(async (error, _, reply) => answerError(error, reply));
  server.setNotFoundHandler(async (_, reply) => answerError(notFound('resource'), reply));
  server.post('/oauth/token', async (request: FastifyRequest, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const granted = oauth.grant(request.headers.authorization, form.get('grant_type'));
    if (!('token' in granted)) return reply.code(granted.status).send(granted.body);
    const { value, client } = granted.token;
    return { access_token: value, token_type: 'bearer', expires_in: client.tokenSeconds };
  });
  server.delete('/api/v2/tokens/me', async (request, reply) => {
    oauth.revoke(request.token);
    return reply.code(200).send();
  });
  return server;
}

async function answerError(error: unknown, reply: FastifyReply): Promise<FastifyReply> {
  const known = error instanceof ApiError ? error : asApiError(error);
  const context = String(reply.getHeader('inin-correlation-id') ?? '');
  return reply.code(known.status).headers(known.headers).send(known.body(context));
}

/** Faults of the frame below, such as a body that is too large, in the platform's words. */
function asApiError(error: unknown): ApiError {
  const { statusCode = 500, message = '' } = error as { statusCode?: number; message?: string };
  switch (statusCode) {
    case 413:
      return new ApiError(413, 'request.entity.too.large', 'The request is over the maximum size limit');
    case 415:
      return new ApiError(415, 'unsupported.media.type', 'Unsupported Media Type');
    default:
      return statusCode < 500 ? badRequest(message) : new ApiError(500, 'internal.server.error', message);
  }
}

function injectFault({ refuse }: Faults, random: Random): void {
  for (const { status, share } of refuse) {
    if (!random.chance(share)) continue;
    switch (status) {
      case 401:
        throw unauthorized();
      case 403:
        throw forbidden('conversation:write');
      case 404:
        throw notFound('resource');
      case 429:
        throw tooMany(1);
      case 500:
      case 503:
        throw new ApiError(status, status === 500 ? 'internal.server.error' : 'service.unavailable', 'The request could not be completed');
    }
  }
}
