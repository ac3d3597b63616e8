import type { Clock } from '../../src/base/clock.js';
import { NoAnswer, Withdrawn } from '../../src/genesys/errors.js';
import type { Answer } from '../../src/genesys/answer.js';
import type { HttpRequest } from '../../src/genesys/http.js';

/** What becomes of one request. */
export type Fate =
  | { kind: 'served' }
  /** Never leaves this machine. */
  | { kind: 'unsent' }
  /** Is carried out, but its answer is lost. */
  | { kind: 'unanswered' }
  | { kind: 'answered'; status: number; code?: string; carriedOut?: boolean; headers?: Record<string, string>; body?: unknown };

export interface PlatformOptions {
  clock: Clock;
  /** Ms before the connection stands, on the way up, and on the way down; asked for each request. */
  latency?: () => { connect: number; up: number; down: number };
  fate?: (request: HttpRequest) => Fate;
  /** Looks at the attributes of a write that would be served. */
  judge?: (attributes: Readonly<Record<string, string>>) => Fate | undefined;
  /** Whether a conflict's answer carries the present ETag. */
  conflictEtag?: boolean;
  /** How an ETag is made of a version. */
  etag?: (version: number) => string;
}

/** A write as it was composed on its connection. */
interface Write {
  ifMatch: string;
  attributes: Record<string, string>;
  composedAt: number;
  status?: number;
}

/**
 * One versioned conversation with one participant, behind the `exchange` that the REST client is given: the server's
 * side of the contract in genesys-cloud.md §6 on a clock that the test owns.
 */
export class FakePlatform {
  version = 1;
  attributes: Record<string, string> = {};
  readonly writes: Write[] = [];
  reads = 0;
  /** Most writes that were in flight at once, from the client's view: composed and not yet answered. */
  mostInFlight = 0;
  /** Called when a version has become known to the client by an answer. */
  onTold: (version: number) => void = () => undefined;
  /** Called when a write is composed. */
  onComposed: (ifMatch: string) => void = () => undefined;
  readonly conversationId = 'c1';
  readonly participantId = 'p1';
  readonly #options: PlatformOptions;
  #inFlight = 0;

  constructor(options: PlatformOptions) {
    this.#options = options;
  }

  /** Something happens to the call. */
  bump(): void {
    this.version += 1;
  }

  etag(version = this.version): string {
    return (this.#options.etag ?? ((number: number) => `"${number}"`))(version);
  }

  readonly exchange = async (request: HttpRequest): Promise<Answer> => {
    // the token is beside the point here
    if (request.url.endsWith('/oauth/token')) return answerWith(200, { access_token: 'token', expires_in: 86_400 });
    const { latency = () => ({ connect: 0, up: 0, down: 0 }), fate = () => ({ kind: 'served' }) } = this.#options;
    const { connect, up, down } = latency();
    await this.#pass(connect);
    const outcome = fate(request);
    if (outcome.kind === 'unsent') throw new NoAnswer(`${request.method} x`, 'connect ECONNREFUSED', false);
    const composed = request.compose?.() ?? (request.compose === undefined ? {} : undefined);
    if (composed === undefined) throw new Withdrawn();
    const write = request.method === 'PATCH' ? this.#compose(composed.headers ?? {}, composed.body ?? '{}') : undefined;
    if (write === undefined && request.method === 'GET') this.reads += 1;
    try {
      await this.#pass(up);
      const judged = write === undefined ? undefined : this.#options.judge?.(write.attributes);
      const answer = this.#serve(request, write, judged ?? outcome);
      const told = answer.headers['etag'] === undefined ? undefined : this.version;
      await this.#pass(down);
      if (outcome.kind === 'unanswered') throw new NoAnswer(`${request.method} x`, 'socket hang up', true);
      if (told !== undefined) this.onTold(told);
      return answer;
    } finally {
      if (write !== undefined) this.#inFlight -= 1;
    }
  };

  #compose(headers: Readonly<Record<string, string>>, body: string): Write {
    const parsed = JSON.parse(body) as { attributes?: Record<string, string>; participants?: { attributes: Record<string, string> }[] };
    const sets =
      parsed.attributes === undefined ? (parsed.participants ?? []).map((participant) => participant.attributes) : [parsed.attributes];
    const attributes = Object.fromEntries(sets.flatMap((set) => Object.entries(set)));
    const write = {
      ifMatch: headers['if-match'] ?? '',
      attributes,
      composedAt: this.#options.clock.now(),
    };
    this.writes.push(write);
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    this.onComposed(write.ifMatch);
    return write;
  }

  #serve({ url }: HttpRequest, write: Write | undefined, outcome: Fate): Answer {
    if (outcome.kind === 'answered') {
      if (write !== undefined && outcome.carriedOut === true) this.#carryOut(write);
      return answerWith(outcome.status, outcome.body ?? { code: outcome.code, status: outcome.status }, outcome.headers);
    }
    if (write === undefined) return this.#read(url);
    if (write.ifMatch !== this.etag()) {
      write.status = 409;
      return answerWith(409, { code: 'general.conflict', status: 409 }, this.#options.conflictEtag === false ? {} : { etag: this.etag() });
    }
    write.status = 200;
    this.#carryOut(write);
    return answerWith(200, this.#participant(), { etag: this.etag() });
  }

  #read(url: string): Answer {
    const { pathname } = new URL(url);
    const whole = pathname.endsWith(`/${this.conversationId}`);
    if (!whole && !pathname.endsWith(`/${this.participantId}`)) return answerWith(404, { code: 'not.found', status: 404 });
    return answerWith(200, whole ? { id: this.conversationId, participants: [this.#participant()] } : this.#participant(), {
      etag: this.etag(),
    });
  }

  #participant(): Record<string, unknown> {
    return { id: this.participantId, purpose: 'customer', state: 'connected', attributes: { ...this.attributes } };
  }

  #carryOut({ attributes }: Write): void {
    this.version += 1;
    Object.assign(this.attributes, attributes);
  }

  #pass(ms: number): Promise<void> {
    return ms === 0 ? Promise.resolve() : new Promise((resolve) => this.#options.clock.after(ms, resolve));
  }
}

function answerWith(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  const code = (body as { code?: string } | undefined)?.code;
  return { status, headers, body, code, correlationId: 'correlation-1' };
}
