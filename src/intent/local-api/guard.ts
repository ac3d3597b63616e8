import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { pagePaths } from './status-page.js';

/** Paths that need no token (design.md §4). */
const open = new Set(['/healthz', '/readyz', ...pagePaths]);

/** Where webhooks come in: authenticated by their signature alone, under whatever name a reverse proxy is called. */
export const webhookPath = '/webhooks/genesys';

export interface GuardOptions {
  /** `HOST:PORT`, `[HOST]:PORT` or `unix:/path`, as configured. */
  listen: string;
  /** The bearer token, asked at each request; undefined where none is needed. */
  token: () => string | undefined;
}

/** Refuses foreign hosts and origins (403: a web page must not reach the API through a user's browser), and wrong tokens (401). */
export function guard(server: FastifyInstance, { listen, token }: GuardOptions): void {
  const known = hostsOf(listen);
  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === webhookPath) return undefined;
    const host = hostname(`http://${request.headers.host ?? ''}`);
    if (!known(host ?? ''))
      return reply
        .code(403)
        .send(refusal('this host name is not served here', 'call it as localhost, or by the name that http.listen has'));
    const { origin } = request.headers;
    if (origin !== undefined && (hostname(origin) === undefined || new URL(origin).host !== request.headers.host)) {
      return reply.code(403).send(refusal('requests of other origins are refused', 'call it from the same origin, or without a browser'));
    }
    const expected = token();
    if (
      expected !== undefined &&
      !open.has(request.routeOptions.url ?? '') &&
      !sameSecret(request.headers.authorization, `Bearer ${expected}`)
    ) {
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send(refusal('the token is missing or wrong', 'send Authorization: Bearer … with the content of http.tokenFile'));
    }
    return undefined;
  });
}

/** Body of a refusal: what is wrong and what to do. */
export function refusal(message: string, remedy: string, path?: string): { message: string; remedy: string; path?: string } {
  return { message, remedy, ...(path === undefined ? {} : { path }) };
}

/** Answers 503: the same request may be taken later. */
export function unavailable(reply: FastifyReply, message: string, remedy: string): FastifyReply {
  return reply.code(503).header('retry-after', '5').send(refusal(message, remedy));
}

/** Compares in constant time, also for texts of different length. */
function sameSecret(given: string | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given ?? ''), digest(expected));
}

/**
 * Whether the API is reached under a host name. On a wildcard address that cannot be known, and a token is required there.
 * On a socket any name without a dot will do: a domain may have been rebound to where ssh forwards the socket for a browser.
 */
function hostsOf(listen: string): (host: string) => boolean {
  const own = ['localhost', '127.0.0.1', '[::1]'];
  if (listen.startsWith('unix:')) return (host) => own.includes(host) || !host.includes('.');
  const configured = new URL(`http://${listen}`).hostname;
  if (configured === '0.0.0.0' || configured === '[::]') return () => true;
  return (host) => host === configured || own.includes(host);
}

function hostname(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
