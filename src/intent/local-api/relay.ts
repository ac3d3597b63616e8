import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest, InjectOptions } from 'fastify';
import { z } from 'zod';
import { parseDuration } from '../../config/units.js';
import type { Intent, IntentRequest } from '../intent.js';
import type { Outbox } from '../outbox.js';
import { unavailable } from './guard.js';

/** Another instance is waited for so long, in ms, beyond what the caller asked to wait. */
const patience = 3_000;

/**
 * A wish must be begun to be accepted so long before the one who asks stops waiting, in ms, and accepts it himself: he has answered
 * by then, and a later wish may have come. It covers what the wall clocks of two machines differ by.
 */
const ahead = 1_000;

/** What an instance answers that is asked for a conversation which is not its own any more (RFC 9110, Misdirected Request). */
const misdirected = 421;

/** The other instances of a fleet, as the local API knows them. */
export interface Relay {
  /** Who has a conversation: `here`, the name of another instance, or undefined where nobody does just now. */
  ownerOf(conversationId: string): string | undefined;
  readonly others: readonly string[];
  /** Asks another instance's local API. Rejects if it gives no answer within `ms`. */
  ask(instance: string, question: string, ms: number): Promise<string>;
  /** Answers what others ask of this one. */
  answer(handler: (question: string) => Promise<string>): void;
  /** Wall time, ms since the epoch. */
  now(): number;
  /** Accepts a wish for whoever will have the conversation. Rejects with `OutboxFull`. */
  accept(request: IntentRequest): Promise<Intent>;
}

const questionSchema = z.object({
  method: z.enum(['GET', 'PUT', 'POST', 'DELETE']),
  url: z.string(),
  body: z.string().optional(),
  /** What a wish is to be known by, and until when it may be begun to be accepted (wall time, ms since the epoch). */
  wish: z.object({ id: z.string(), until: z.number() }).optional(),
});
const answerSchema = z.object({ status: z.number(), type: z.string(), body: z.string() });

type Question = z.infer<typeof questionSchema>;
type RelayedAnswer = z.infer<typeof answerSchema>;

/**
 * Wherever a caller asks, whoever has the conversation or the intent answers. A wish whose owner gives no answer is accepted for
 * whoever will have its conversation; it has one name for both, so that an owner who wakes late takes it once, and in its place.
 */
export class Relays {
  readonly #relay: Relay;
  readonly #outbox: Outbox;
  /** Marks what another instance has asked, by a name that only this process knows. */
  readonly #mark = { header: 'x-attributed-relayed', value: randomUUID() };
  /** Carries the wish of a question that is marked. */
  readonly #wishHeader = 'x-attributed-wish';
  /** What wishes are to be known by that another instance may accept, or may have accepted, too. */
  readonly #wishes = new WeakMap<FastifyRequest, string>();
  /** Requests for a conversation that nobody has just now. */
  readonly #unowned = new WeakSet<FastifyRequest>();

  constructor(relay: Relay, outbox: Outbox) {
    this.#relay = relay;
    this.#outbox = outbox;
  }

  /** @param token the bearer token of this API */
  register(server: FastifyInstance, token: () => string | undefined): void {
    server.addHook('preHandler', async (request, reply) => {
      if (request.headers[this.#mark.header] === this.#mark.value) return this.#refuse(request, reply);
      return this.#handle(request, reply);
    });
    this.#relay.answer(async (text) => {
      const { method, url, body, wish } = questionSchema.parse(JSON.parse(text));
      const expected = token();
      const options: InjectOptions = {
        method,
        url,
        headers: {
          host: 'localhost',
          [this.#mark.header]: this.#mark.value,
          ...(expected === undefined ? {} : { authorization: `Bearer ${expected}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(wish === undefined ? {} : { [this.#wishHeader]: JSON.stringify(wish) }),
        },
        ...(body === undefined ? {} : { payload: body }),
      };
      const { statusCode, headers, payload } = await server.inject(options);
      return JSON.stringify({ status: statusCode, type: String(headers['content-type'] ?? ''), body: payload } satisfies RelayedAnswer);
    });
  }

  /** Whether a wish is to be accepted for whoever will have its conversation. */
  isUnowned(request: FastifyRequest): boolean {
    return this.#unowned.has(request);
  }

  /** What a wish is to be known by wherever it is accepted; undefined: it is accepted here only. */
  wishId(request: FastifyRequest): string | undefined {
    return this.#wishes.get(request);
  }

  accept(request: IntentRequest): Promise<Intent> {
    return this.#relay.accept(request);
  }

  async #handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { cid, id } = request.params as { cid?: string; id?: string };
    if (cid !== undefined) return this.#toOwner(cid, request, reply);
    if (id !== undefined && this.#outbox.get(id) === undefined) return this.#toWhoKnows(request, reply);
    return request.method === 'GET' && request.routeOptions.url === '/dead-letters' ? this.#gather(request, reply) : undefined;
  }

  /** Whoever asked took this instance for the owner: what it does not own it must not accept, as the owner would never hear of it. */
  async #refuse(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { cid } = request.params as { cid?: string };
    if (cid === undefined) return undefined;
    const { [this.#wishHeader]: told } = request.headers;
    const wish = typeof told === 'string' ? questionSchema.shape.wish.parse(JSON.parse(told)) : undefined;
    if (wish !== undefined) this.#wishes.set(request, wish.id);
    const late = wish !== undefined && this.#relay.now() > wish.until;
    if (this.#relay.ownerOf(cid) === 'here' && !late) return undefined;
    return reply.code(misdirected).send();
  }

  async #toOwner(conversationId: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const owner = this.#relay.ownerOf(conversationId);
    if (owner === 'here') return undefined;
    if (request.method === 'PUT') this.#wishes.set(request, randomUUID());
    const answer = owner === undefined ? undefined : await this.#ask(owner, request);
    if (answer !== undefined) return send(reply, answer);
    if (request.method === 'PUT') {
      this.#unowned.add(request);
      return undefined;
    }
    return unavailable(reply, 'no instance of the fleet has this conversation just now', 'try again within the lease’s time to live');
  }

  async #toWhoKnows(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    for (const instance of this.#relay.others) {
      const answer = await this.#ask(instance, request);
      if (answer !== undefined && answer.status !== 404) return send(reply, answer);
    }
    return undefined;
  }

  /** All instances' lists as one, with that of this one. */
  async #gather(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const own = await request.server.inject({
      method: 'GET',
      url: request.url,
      headers: {
        host: request.headers.host ?? 'localhost',
        [this.#mark.header]: this.#mark.value,
        ...(request.headers.authorization === undefined ? {} : { authorization: request.headers.authorization }),
      },
    });
    const others = await Promise.all(this.#relay.others.map((instance) => this.#ask(instance, request)));
    const lists = [own.payload, ...others.flatMap((answer) => (answer?.status === 200 ? [answer.body] : []))].map(
      (body) => (JSON.parse(body) as { deadLetters: { deadAt: string }[] }).deadLetters,
    );
    return reply.send({ deadLetters: lists.flat().sort((a, b) => (a.deadAt < b.deadAt ? -1 : 1)) });
  }

  /** Undefined if it gives no answer. */
  async #ask(instance: string, request: FastifyRequest): Promise<RelayedAnswer | undefined> {
    const { method, url, body, query } = request;
    const id = this.#wishes.get(request);
    const question: Question = {
      method: method as Question['method'],
      url,
      ...(body === undefined || body === null ? {} : { body: JSON.stringify(body) }),
      ...(id === undefined ? {} : { wish: { id, until: this.#relay.now() + patience - ahead } }),
    };
    const { wait = '0s' } = query as { wait?: string };
    try {
      const text = await this.#relay.ask(instance, JSON.stringify(question), (parseDuration(wait) ?? 0) + patience);
      const answer = answerSchema.parse(JSON.parse(text));
      return answer.status === misdirected ? undefined : answer;
    } catch {
      return undefined;
    }
  }
}

function send(reply: FastifyReply, { status, type, body }: RelayedAnswer): FastifyReply {
  void reply.code(status);
  if (type !== '') void reply.type(type);
  return reply.send(body);
}
