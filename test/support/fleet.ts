import { NoAnswer, Withdrawn } from '../../src/genesys/errors.js';
import type { Answer } from '../../src/genesys/answer.js';
import type { HttpRequest } from '../../src/genesys/http.js';
import { profiles, waits, type Churn } from '../../src/simulator/calls/profile.js';
import { ApiError } from '../../src/simulator/platform/errors.js';
import { countCall } from '../../src/simulator/platform/rate-limit.js';
import { Random } from '../../src/simulator/random.js';
import type { FakeClock } from './fake-clock.js';

/** One way of a request, and the delay of an event, in ms (when-to-write.md). */
const oneWay = [15, 60] as const;
const eventDelay = [20, 150] as const;

/** The mix of when-to-write.md: of 20 conversations so many move in each way. */
const mix: readonly (readonly [count: number, churn: Churn])[] = [
  [5, { kind: 'steady', perSecond: 0.5 }],
  [5, profiles.steady],
  [3, profiles.storm],
  [7, profiles.bursty],
];

/** Keys that a conversation is wished for in turn: so many that a wish is seldom superseded while it waits. */
const keys = 50;

/** Wishes of one conversation a second (when-to-write.md). */
const wishesPerSecond = 0.15;

/** A wish should be home within so many ms. */
const due = 30_000;

export interface FleetOptions {
  clock: FakeClock;
  seed: number;
  conversations: number;
  /** Calls that the platform takes in each of its windows. */
  perMinute: number;
}

interface Wish {
  at: number;
  /** What it wants its key to be: the number of the wish. */
  value: number;
  finishedAt?: number;
}

/** A versioned conversation of the fleet, with one participant. */
export interface FleetCall {
  readonly id: string;
  readonly participantId: string;
  version: number;
  readonly attributes: Record<string, string>;
}

/** Somebody who brings wishes home. */
export interface FleetWriter {
  wish(call: FleetCall, key: string, value: string): void;
  /** An event tells of a version of a call. */
  event(call: FleetCall, version: number, attributes: Readonly<Record<string, string>>): void;
}

/** What came of it. */
export interface FleetResult {
  wishes: number;
  /** Whose value, or a newer one for the key, stands; and those of them within 30 s. */
  finished: number;
  inTime: number;
  requests: number;
  conflicts: number;
  /** The longest that a wish waited or waits, in ms. */
  longest: number;
  /** Requests beyond the limit: each was answered by 429. */
  overLimit: number;
}

/** Many calls that move and are wished for on a virtual clock, behind a platform that counts requests in hard windows of a minute. */
export class Fleet {
  requests = 0;
  conflicts = 0;
  overLimit = 0;
  readonly calls: readonly FleetCall[];
  readonly #clock: FakeClock;
  readonly #perMinute: number;
  readonly #network: Random;
  readonly #events: Random;
  readonly #random: Random;
  readonly #window = { endsAt: 0, count: 0 };
  readonly #wishes = new Map<FleetCall, Map<string, Wish[]>>();
  #writer: FleetWriter | undefined;
  #wished = 0;
  #wishing = true;
  #moving = true;

  constructor({ clock, seed, conversations, perMinute }: FleetOptions) {
    this.#clock = clock;
    this.#perMinute = perMinute;
    this.#random = new Random(seed);
    [this.#network, this.#events] = [this.#random.fork(1), this.#random.fork(2)];
    this.calls = Array.from({ length: conversations }, (_, index) => ({
      id: `c${index}`,
      participantId: `p${index}`,
      version: 1,
      attributes: {},
    }));
  }

  /** Lets the calls move, and tells the writer of it; and wishes, until it is stopped. */
  start(writer: FleetWriter): void {
    this.#writer = writer;
    const rhythms = mix.flatMap(([count, churn]) => Array.from({ length: count }, () => churn));
    for (const [index, call] of this.calls.entries()) {
      this.#tell(call);
      // steps that have no common divisor with 20 spread each kind over the fleet
      this.#move(call, waits(rhythms[(index * 7) % rhythms.length] ?? profiles.calm, this.#random.fork(100 + index)));
      this.#wish(call, this.#random.fork(10_000 + index));
    }
  }

  /** No more wishes from now on. */
  stopWishing(): void {
    this.#wishing = false;
  }

  /** The calls move no more. */
  stopMoving(): void {
    this.#moving = false;
  }

  result(): FleetResult {
    const wishes = [...this.#wishes.values()].flatMap((byKey) => [...byKey.values()].flat());
    const { requests, conflicts, overLimit } = this;
    return {
      wishes: wishes.length,
      finished: wishes.filter(({ finishedAt }) => finishedAt !== undefined).length,
      inTime: wishes.filter(({ at, finishedAt = Infinity }) => finishedAt - at <= due).length,
      longest: Math.max(0, ...wishes.map(({ at, finishedAt = this.#clock.now() }) => finishedAt - at)),
      requests,
      conflicts,
      overLimit,
    };
  }

  readonly exchange = async (request: HttpRequest): Promise<Answer> => {
    // the token is beside the point here
    if (request.url.endsWith('/oauth/token')) return answerWith(200, { access_token: 'token', expires_in: 86_400 }, {});
    const composed = request.compose === undefined ? {} : request.compose();
    if (composed === undefined) throw new Withdrawn();
    await this.#pass(this.#network.between(oneWay));
    const answer = this.#serve(request, composed.headers?.['if-match'], composed.body);
    await this.#pass(this.#network.between(oneWay));
    return answer;
  };

  #serve({ url }: HttpRequest, ifMatch: string | undefined, body: string | undefined): Answer {
    this.requests += 1;
    let headers: Record<string, string>;
    try {
      headers = countCall({ window: this.#window }, this.#perMinute, this.#clock);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.overLimit += 1;
      return answerWith(error.status, error.body(''), error.headers);
    }
    const call = this.calls.find(({ id }) => url.split('/').includes(id));
    if (call === undefined) throw new NoAnswer(url, 'there is no such call', false);
    const tagged = (): Record<string, string> => ({ ...headers, etag: `"${call.version}"` });
    if (body === undefined)
      return answerWith(200, url.endsWith(call.id) ? { id: call.id, participants: [participantOf(call)] } : participantOf(call), tagged());
    if (ifMatch !== `"${call.version}"`) {
      this.conflicts += 1;
      return answerWith(409, { code: 'general.conflict', status: 409 }, tagged());
    }
    call.version += 1;
    const { attributes } = JSON.parse(body) as { attributes: Record<string, string> };
    for (const [key, value] of Object.entries(attributes)) this.#carryOut(call, key, value);
    this.#tell(call);
    return answerWith(200, participantOf(call), tagged());
  }

  #carryOut(call: FleetCall, key: string, value: string): void {
    call.attributes[key] = value;
    for (const wish of this.#wishes.get(call)?.get(key) ?? []) if (wish.value <= Number(value)) wish.finishedAt ??= this.#clock.now();
  }

  #wish(call: FleetCall, random: Random): void {
    this.#clock.after(random.exponential(1000 / wishesPerSecond), () => {
      if (!this.#wishing) return;
      this.#wished += 1;
      const key = `key${this.#wished % keys}`;
      const byKey = this.#wishes.get(call) ?? new Map<string, Wish[]>();
      this.#wishes.set(call, byKey);
      byKey.set(key, [...(byKey.get(key) ?? []), { at: this.#clock.now(), value: this.#wished }]);
      this.#writer?.wish(call, key, String(this.#wished));
      this.#wish(call, random);
    });
  }

  #move(call: FleetCall, rhythm: Generator<number>): void {
    this.#clock.after(Number(rhythm.next().value), () => {
      if (!this.#moving) return;
      call.version += 1;
      this.#tell(call);
      this.#move(call, rhythm);
    });
  }

  #tell(call: FleetCall): void {
    const { version } = call;
    const attributes = { ...call.attributes };
    this.#clock.after(this.#events.lognormal(50, 0.5, eventDelay), () => {
      this.#writer?.event(call, version, attributes);
    });
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}

function participantOf({ participantId, attributes }: FleetCall): Record<string, unknown> {
  return { id: participantId, purpose: 'customer', state: 'connected', attributes: { ...attributes } };
}

function answerWith(status: number, body: Record<string, unknown>, headers: Readonly<Record<string, string>>): Answer {
  return { status, headers, body, code: typeof body['code'] === 'string' ? body['code'] : undefined, correlationId: undefined };
}
