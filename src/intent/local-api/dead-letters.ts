import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Log } from '../../observe/log.js';
import { remainderOf } from '../dead-letters.js';
import type { Intent, Wish } from '../intent.js';
import { OutboxFull, type Outbox } from '../outbox.js';
import { valuesAsked } from './conversations.js';
import { refusal, unavailable } from './guard.js';
import { shown, shownIntent } from './shown.js';

const withoutState = shownIntent.omit({ state: true, finishedAt: true });

/** What `GET /dead-letters` tells, oldest first. */
export const deadLettersSchema = z.object({
  deadLetters: z.array(
    withoutState.extend({
      /** ISO 8601. */
      deadAt: z.string(),
    }),
  ),
});

/** What `POST /dead-letters/{id}/retry` tells. */
export const retriedSchema = z.object({
  intentId: z.string(),
  /** `accepted`, or `superseded` where newer wishes have set every key. */
  state: z.string(),
  /** Keys that newer wishes have set. */
  leftOut: z.array(z.string()).optional(),
});

type DeadLetters = z.infer<typeof deadLettersSchema>;
type Retried = z.infer<typeof retriedSchema>;

/** An outbox that keeps dead letters. */
export interface DeadLetterBox extends Outbox {
  dead(): Intent[];
  retry(id: string, attributes: Intent['attributes']): Promise<Intent | undefined>;
  discard(id: string): boolean;
}

export interface DeadLettersDeps {
  log: Log;
  outbox: DeadLetterBox;
  submit: (wish: Wish) => void;
  /** Hands an intent to its rule again whose lookup has not answered. */
  resume: (intent: Intent) => void;
  accepting: () => boolean;
}

/** `GET /dead-letters`, `POST /dead-letters/{id}/retry` and `DELETE /dead-letters/{id}` (design.md §4). */
export function deadLetterRoutes(server: FastifyInstance, deps: DeadLettersDeps): void {
  const { log, outbox, accepting } = deps;

  server.get<{ Querystring: { values?: string } }>('/dead-letters', (request): DeadLetters => {
    const values = valuesAsked(request.query, log);
    return { deadLetters: outbox.dead().map((intent) => deadLetter(intent, values)) };
  });

  server.post<{ Params: { id: string } }>('/dead-letters/:id/retry', async (request, reply) => {
    if (!accepting()) return unavailable(reply, 'the daemon is stopping', 'try again when it has started');
    const intent = outbox.get(request.params.id);
    if (intent?.state !== 'dead') return notDead(reply, intent);
    let retried: Retried | undefined;
    try {
      retried = await retry(deps, intent);
    } catch (error) {
      if (!(error instanceof OutboxFull)) throw error;
      return unavailable(reply, error.message, 'try again later');
    }
    if (retried === undefined) return notDead(reply, outbox.get(intent.id));
    return reply.code(retried.state === 'accepted' ? 202 : 200).send(retried);
  });

  server.delete<{ Params: { id: string } }>('/dead-letters/:id', async (request, reply) => {
    if (!accepting()) return unavailable(reply, 'the daemon is stopping', 'try again when it has started');
    const intent = outbox.get(request.params.id);
    if (intent === undefined || !outbox.discard(intent.id)) return notDead(reply, intent);
    log.info('deadletter.dropped', 'a dead letter was dropped on request', fieldsOf(intent));
    return reply.code(204).send();
  });
}

/** Undefined if it is no dead letter any more. Rejects with `OutboxFull`. */
async function retry({ log, outbox, submit, resume }: DeadLettersDeps, intent: Intent): Promise<Retried | undefined> {
  const { id, attributes } = intent;
  if (attributes === undefined) {
    const again = await outbox.retry(id, undefined);
    if (again === undefined) return undefined;
    log.info('deadletter.retried', 'a dead letter is accepted anew: its lookup is asked again', fieldsOf(again));
    resume(again);
    return { intentId: id, state: 'accepted' };
  }
  const { left, superseded } = remainderOf({ ...intent, attributes }, outbox.of(intent.conversationId));
  const leftOut = superseded.length === 0 ? {} : { leftOut: superseded };
  const none = Object.keys(left).length === 0;
  const again = await outbox.retry(id, none ? attributes : left);
  if (again === undefined) return undefined;
  if (none) {
    outbox.update(id, { state: 'superseded' });
    log.info('intent.superseded', 'every key of the dead letter has a newer wish', { intentId: id, conversationId: intent.conversationId });
    return { intentId: id, state: 'superseded', ...leftOut };
  }
  log.info('deadletter.retried', 'a dead letter is accepted anew', { ...fieldsOf(again), ...leftOut });
  submit({ ...again, attributes: left });
  return { intentId: id, state: 'accepted', ...leftOut };
}

function notDead(reply: FastifyReply, intent: Intent | undefined): FastifyReply {
  return intent === undefined
    ? reply.code(404).send(refusal('there is no such dead letter, or it is forgotten', 'check the id, or outbox.keepDead', 'id'))
    : reply
        .code(409)
        .send(
          refusal(
            intent.state === 'dead' ? 'the dead letter is being retried' : `the intent is ${intent.state}, it is no dead letter`,
            'see GET /intents/{id}',
            'id',
          ),
        );
}

function deadLetter(intent: Intent, values: boolean): DeadLetters['deadLetters'][number] {
  return { ...withoutState.parse(shown(intent, values)), deadAt: new Date(intent.finishedAt ?? intent.acceptedAt).toISOString() };
}

function fieldsOf(intent: Intent): Record<string, unknown> {
  const { intentId, conversationId, participantId, rule, keys } = shown(intent, false);
  return { intentId, conversationId, participantId, rule, keys };
}
