import { chmod, lstat, unlink } from 'node:fs/promises';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { answers } from '../../base/answers.js';
import { AttributedError, messageOf } from '../../base/errors.js';
import { healthOf, type Check } from '../../observe/health.js';
import type { Metrics } from '../../observe/metrics.js';
import { attributeRoutes, largestBody, type AttributesDeps } from './attributes.js';
import { conversationRoutes, type ConversationsDeps } from './conversations.js';
import { deadLetterRoutes, type DeadLetterBox, type DeadLettersDeps } from './dead-letters.js';
import { guard, refusal, type GuardOptions } from './guard.js';
import { Relays, type Relay } from './relay.js';
import { statusPageRoutes } from './status-page.js';
import { webhookRoutes, type WebhookDeps } from './webhook.js';

export interface LocalApiDeps extends Omit<AttributesDeps, 'relays'>, ConversationsDeps, DeadLettersDeps {
  outbox: DeadLetterBox;
  guard: GuardOptions;
  /** Alive and making progress. */
  alive: readonly Check[];
  /** Able to do its job. */
  ready: readonly Check[];
  /** What `/readyz` shows beside the reasons. */
  details: () => Record<string, unknown>;
  metrics: Pick<Metrics, 'exposition'>;
  /** What `/status` shows. */
  status: () => Readonly<Record<string, unknown>>;
  /** The other instances of a fleet; undefined for a lone daemon. */
  relay?: Relay | undefined;
  webhook: Pick<WebhookDeps, 'secrets' | 'observe' | 'remember'>;
}

/** The local HTTP API (design.md §4), not listening yet. */
export function createLocalApi(deps: LocalApiDeps): FastifyInstance {
  const { log } = deps;
  const server = Fastify({ bodyLimit: largestBody, forceCloseConnections: true });
  guard(server, deps.guard);
  const relays = deps.relay === undefined ? undefined : new Relays(deps.relay, deps.outbox);
  relays?.register(server, deps.guard.token);
  server.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      log.error('http.failed', 'a fault of the local API', {
        method: request.method,
        path: request.routeOptions.url,
        error: messageOf(error),
      });
      return reply.code(500).send(refusal('a fault of the daemon', 'see http.failed in its log'));
    }
    return reply
      .code(status)
      .send(
        refusal(
          `body: ${messageOf(error)}`,
          status === 413 ? `send at most ${largestBody} bytes` : 'send JSON with Content-Type: application/json',
          'body',
        ),
      );
  });
  server.setNotFoundHandler(async (_, reply) => reply.code(404).send(refusal('there is no such path', 'see "Local API" in the README')));
  server.get('/healthz', async (_, reply) => {
    const health = healthOf(deps.alive);
    return reply.code(health.ok ? 200 : 503).send(health);
  });
  server.get('/readyz', async (_, reply) => {
    const health = healthOf(deps.ready);
    return reply.code(health.ok ? 200 : 503).send({ ...health, ...deps.details() });
  });
  server.get('/metrics', async (_, reply) => {
    const { contentType, text } = await deps.metrics.exposition();
    return reply.type(contentType).send(text);
  });
  server.get('/status', () => deps.status());
  statusPageRoutes(server);
  attributeRoutes(server, { ...deps, relays });
  void server.register((scope, _, done) => {
    webhookRoutes(scope, { log, accepting: deps.accepting, ...deps.webhook });
    done();
  });
  conversationRoutes(server, deps);
  deadLetterRoutes(server, deps);
  return server;
}

/** It cannot listen where `http.listen` says; the message says why, and what to do. */
class NotListening extends AttributedError {
  readonly code = 'http.listen';
  readonly retry = 'never';

  constructor(listen: string, cause: NodeJS.ErrnoException | undefined) {
    const remedy = listen.startsWith('unix:') ? 'name another path' : 'choose another port';
    const taken = cause === undefined || cause.code === 'EADDRINUSE';
    super(
      taken
        ? `http.listen ${listen} is taken: stop the program that listens there, or ${remedy}`
        : `http.listen ${listen} cannot be opened (${messageOf(cause)}): ${remedy}`,
      { cause },
    );
  }
}

/**
 * Lets it listen at `HOST:PORT` or `unix:/path` (mode 0660). Resolves with where it listens, its real port in it. Rejects with
 * `NotListening`.
 */
export async function listenAt(server: FastifyInstance, listen: string): Promise<string> {
  const opened = (address: { path: string } | { host: string; port: number }): Promise<string> =>
    server.listen(address).catch((error: unknown) => {
      throw new NotListening(listen, error instanceof Error ? error : undefined);
    });
  if (listen.startsWith('unix:')) {
    const path = listen.slice(5);
    // one that a daemon left behind; one that is answered, and anything else in that place, is not ours to delete
    const there = await lstat(path).catch(() => undefined);
    if (there?.isSocket() === true) {
      if (await answers(path)) throw new NotListening(listen, undefined);
      await unlink(path);
    }
    await opened({ path });
    await chmod(path, 0o660);
    return listen;
  }
  const { hostname, port } = new URL(`tcp://${listen}`);
  return (await opened({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) })).replace(/^http:\/\//, '');
}
