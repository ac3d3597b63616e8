import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { AttributedError, messageOf } from '../../base/errors.js';
import { normaliseEvent } from '../../conversation/normalise.js';
import type { EventOutcome } from '../../conversation/registry.js';
import type { NotificationEvent } from '../../genesys/frames.js';
import type { Log } from '../../observe/log.js';
import { refusal, unavailable, webhookPath } from './guard.js';

/** The topic of an event whose sender names none: its body is taken for what it holds, a conversation. */
const neutralTopic = 'webhooks.genesys';

const object = z.record(z.string(), z.unknown(), { error: 'expected an object' });
const name = z.string({ error: 'expected text' }).min(1, { error: 'expected text that is not empty' });
const webhookBody = z.object(
  {
    event: name,
    eventBody: object,
    topicName: name.nullish().transform((topic) => topic ?? neutralTopic),
    metadata: object.nullish().transform((metadata) => metadata ?? {}),
  },
  { error: 'expected an object' },
);

export interface WebhookDeps {
  log: Log;
  /** Each of them may sign; asked at each request, undefined where no webhook is served (404). */
  secrets: () => readonly string[] | undefined;
  /** Takes in an event as if a frame had brought it; in a fleet it may be another instance's. Rejects where it could not be handed on to that one. */
  observe: (event: NotificationEvent) => EventOutcome | Promise<EventOutcome | 'forwarded'>;
  /** Whether events are taken: not while the daemon stops. */
  accepting: () => boolean;
  /** Bodies that are remembered, so that a repeated one is known; by default about 1 MB of digests. */
  remember?: number;
}

/** Why a webhook is refused. */
interface Fault {
  status: 400 | 401 | 422;
  message: string;
  remedy: string;
  /** The field that is wrong. */
  path: string;
}

/**
 * `POST /webhooks/genesys` (design.md §4): events of conversations in the same streams as those of the socket.
 * Gives `server` a parser of its own, as the signature is of the body's bytes: it must be an encapsulated instance.
 */
export function webhookRoutes(server: FastifyInstance, { log, secrets, observe, accepting, remember = 10_000 }: WebhookDeps): void {
  /**
   * Digests of the bodies that were taken. A versionless body that comes again, perhaps long after a newer one, cannot
   * be told from news otherwise. The other side of it: a conversation that returns to a former state under a body
   * without a version, byte by byte the same, counts as a repetition too. A restart forgets them: an old body may then
   * be the first that is heard of a conversation, and rules fire once nevertheless.
   */
  const taken = new LRUCache<string, true>({ max: remember });
  const rejected = (reason: string, bytes: number | undefined): void => {
    log.warn('webhook.rejected', 'the webhook was not taken', { reason, bytes });
  };

  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => {
    done(null, body);
  });
  // before the body is read; the guard lets everybody come so far, to find nothing here
  server.addHook('onRequest', (_, reply, done) => {
    if (secrets() === undefined) reply.callNotFound();
    else done();
  });
  // what was refused before the handler saw it, such as a body too large; the answer is that of the whole API
  server.setErrorHandler<FastifyError>((error, request) => {
    if ((error.statusCode ?? 500) < 500) rejected(messageOf(error), Number(request.headers['content-length'] ?? NaN) || undefined);
    throw error;
  });

  server.post(webhookPath, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const refuse = ({ status, message, remedy, path }: Fault): FastifyReply => {
      rejected(message, body.length);
      return reply.code(status).send(refusal(message, remedy, path));
    };
    const forged = signatureFault(request.headers['x-signature'], body, secrets() ?? []);
    if (forged !== undefined) return refuse(forged);
    if (!accepting()) return unavailable(reply, 'the daemon is stopping', 'try again when it has started');
    const digest = createHash('sha256').update(body).digest('base64');
    if (taken.get(digest) === true) return reply.code(202).send({ outcome: 'duplicate' });
    const read = eventOf(body);
    if ('status' in read) return refuse(read);
    let outcome: EventOutcome | 'forwarded';
    try {
      outcome = await observe(read);
    } catch (error) {
      if (!(error instanceof AttributedError)) throw error;
      return unavailable(reply, error.message, 'send it again later');
    }
    taken.set(digest, true);
    return reply.code(202).send({ outcome });
  });
}

/** The event that a body holds, or what is wrong with it; never what stands in it. */
function eventOf(body: Buffer): NotificationEvent | Fault {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return { status: 400, message: 'body: expected JSON', remedy: 'send {"event":"conversation:started","eventBody":{…}}', path: 'body' };
  }
  const parsed = webhookBody.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => ({ path: issue.path.join('.') || 'body', what: issue.message }));
    return {
      status: 422,
      message: faults.map(({ path, what }) => `${path}: ${what}`).join('; '),
      remedy: 'send {"event":"conversation:started","eventBody":{…}}, with topicName and metadata where there are any',
      path: faults.map(({ path }) => path).join(', '),
    };
  }
  const { topicName, eventBody, metadata } = parsed.data;
  const event = { topicName, eventBody, metadata };
  // that an event is ignored proves nothing: so are attributes of a conversation that is not known
  if (normaliseEvent(event) !== undefined) return event;
  return {
    status: 422,
    message: 'eventBody: tells of no conversation',
    remedy: 'send a conversation with its id and its list of participants',
    path: 'eventBody',
  };
}

/** What is wrong with the signature of a body; undefined if one of the secrets made it. Compares in constant time. */
function signatureFault(signature: unknown, body: Buffer, secrets: readonly string[]): Fault | undefined {
  const fault = (what: string): Fault => ({
    status: 401,
    message: `X-Signature: ${what}`,
    remedy: 'send the hex HMAC-SHA256 of the raw body, with a secret of http.webhookSecretFile',
    path: 'X-Signature',
  });
  if (signature === undefined) return fault('is missing');
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/i.test(signature)) return fault('expected 64 hex digits');
  const given = Buffer.from(signature, 'hex');
  const signed = secrets.some((secret) => timingSafeEqual(given, createHmac('sha256', secret).update(body).digest()));
  return signed ? undefined : fault('is not that of this body with a secret of this webhook');
}
