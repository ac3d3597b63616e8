import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { parseDuration } from '../../config/units.js';
import type { Deadlines } from '../../base/deadlines.js';
import type { Found } from '../../conversation/reader.js';
import type { Log } from '../../observe/log.js';
import { acceptIntent } from '../accept.js';
import type { Intent, IntentRequest, IntentState, Wish } from '../intent.js';
import { OutboxFull, type Outbox } from '../outbox.js';
import { refusal, unavailable } from './guard.js';
import type { Relays } from './relay.js';
import { shown } from './shown.js';

/** The platform takes bodies of up to 512,000 bytes (genesys-cloud.md §5). */
export const largestBody = 512_000;

/** `?wait=` may be so long, in ms: longer ones are better asked for again. */
const longestWait = 60_000;

/** Faults of a body that are told at once. */
const mostFaults = 10;

const attributesBody = z.strictObject({
  attributes: z
    .record(z.string().min(1), z.string({ error: 'expected text: attribute values are strings' }), {
      error: ({ code }) =>
        code === 'invalid_key' ? 'expected a name that is not empty' : 'expected an object of attribute names and values',
    })
    .refine((attributes) => Object.keys(attributes).length > 0, { error: 'expected at least one attribute' }),
});

/** States at which `?wait=` is answered. */
const settled: readonly IntentState[] = ['applied', 'confirmed', 'satisfied', 'superseded', 'dead'];

/** So long, in ms, a caller waits for the GET that learns an unknown conversation. */
const patience = 1_000;

export interface AttributesDeps {
  deadlines: Deadlines;
  log: Log;
  outbox: Outbox;
  /** Looks a conversation up, by one GET if no event has told of it. */
  find: (conversationId: string) => Promise<Found>;
  submit: (wish: Wish) => void;
  /** Whether new wishes are taken: not while the daemon stops. */
  accepting: () => boolean;
  /** The other instances of a fleet; undefined for a lone daemon. */
  relays?: Relays | undefined;
}

/** `PUT /conversations/{cid}/participants/{pid}/attributes` and `GET /intents/{id}` (design.md §4). */
export function attributeRoutes(server: FastifyInstance, deps: AttributesDeps): void {
  const { log, outbox } = deps;

  server.put<{ Params: { cid: string; pid: string }; Querystring: { wait?: string } }>(
    '/conversations/:cid/participants/:pid/attributes',
    async (request, reply) => {
      const { cid, pid } = request.params;
      const body = attributesBody.safeParse(request.body);
      if (!body.success) {
        const faults = body.error.issues.slice(0, mostFaults).map(faultOf);
        const message = faults.map(({ path, what }) => `${path}: ${what}`).join('; ');
        const path = faults.map((fault) => fault.path).join(', ');
        return reply.code(422).send(refusal(message, 'send {"attributes":{"key":"value"}}', path));
      }
      const participant = pid.startsWith('@') ? { purpose: pid.slice(1) } : { id: pid };
      if (pid === '' || pid === '@')
        return reply.code(400).send(refusal('pid: expected the id of a participant, or @ and a purpose', 'send e.g. @customer', 'pid'));
      const wait = request.query.wait === undefined ? 0 : parseDuration(request.query.wait);
      if (wait === undefined || wait > longestWait) {
        return reply.code(400).send(refusal('wait: expected a duration of at most 60s, such as 5s', 'send ?wait=5s, or nothing', 'wait'));
      }
      if (!deps.accepting()) return unavailable(reply, 'the daemon is stopping', 'try again when it has started');
      const id = deps.relays?.wishId(request);
      const wished = { conversationId: cid, participant, attributes: body.data.attributes, ...(id === undefined ? {} : { id }) };
      if (deps.relays?.isUnowned(request) === true) return acceptUnowned(deps, deps.relays, wished, reply);
      const found = await findInTime(deps, cid, wait);
      // it may have begun to stop meanwhile
      if (!deps.accepting()) return unavailable(reply, 'the daemon is stopping', 'try again when it has started');
      if (found.kind === 'gone') return reply.code(404).send(refusal('there is no such conversation', 'check the conversation id', 'cid'));
      let intent: Intent | undefined;
      try {
        intent = await acceptIntent({ log, outbox }, wished);
      } catch (error) {
        if (!(error instanceof OutboxFull)) throw error;
        return unavailable(reply, error.message, 'try again later');
      }
      // whoever relayed it had no answer in time, and has accepted it already
      const known = intent ?? (id === undefined ? undefined : outbox.get(id));
      if (known === undefined) throw new Error('an intent without a firing was taken for a repetition');
      if (intent !== undefined) deps.submit({ ...intent, attributes: body.data.attributes });
      if (wait === 0) return reply.code(202).send({ intentId: known.id, state: known.state });
      const after = (await outbox.reached(known.id, settled, wait)) ?? known;
      return reply.code(settled.includes(after.state) ? 200 : 202).send(shown(after, log.values));
    },
  );

  server.get<{ Params: { id: string } }>('/intents/:id', async (request, reply) => {
    const intent = outbox.get(request.params.id);
    return intent === undefined
      ? reply
          .code(404)
          .send(refusal('there is no such intent, or it is finished and forgotten', 'check the id, or outbox.keepFinished', 'id'))
      : shown(intent, log.values);
  });
}

/** Accepts a wish for whoever will have its conversation. */
async function acceptUnowned({ log }: AttributesDeps, relays: Relays, wished: IntentRequest, reply: FastifyReply): Promise<FastifyReply> {
  try {
    const intent = await acceptIntent({ log, outbox: relays }, wished);
    return await reply.code(202).send({ intentId: intent?.id, state: 'accepted' });
  } catch (error) {
    if (!(error instanceof OutboxFull)) throw error;
    return unavailable(reply, error.message, 'try again later');
  }
}

/** Which field of the body is wrong, and what is wrong with it. */
function faultOf(issue: z.core.$ZodIssue): { path: string; what: string } {
  return issue.code === 'unrecognized_keys'
    ? { path: issue.keys.join(', '), what: 'unknown field, expected only attributes' }
    : { path: issue.path.join('.') || 'body', what: issue.message };
}

/** Looks a conversation up; a caller is not kept waiting for one that cannot be read now: the writer learns it later. */
async function findInTime({ find, deadlines }: AttributesDeps, conversationId: string, wait: number): Promise<Found> {
  const found = new AbortController();
  const late = deadlines.pause(wait === 0 ? patience : Math.min(wait, patience), found.signal);
  const error = new Error('the conversation could not be read yet');
  const result = await Promise.race([find(conversationId), late.then((): Found => ({ kind: 'unasked', error }))]);
  found.abort();
  return result;
}
