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
  latency?: (request: HttpRequest) => { connect: number; up: number; down: number };
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
  /** Participant → what is set of it. */
  sets: Map<string, Record<string, string>>;
  /** All of it. */
  attributes: Record<string, string>;
  composedAt: number;
  status?: number;
}

/**
 * One versioned conversation with one participant, or more if a test adds some, behind the `exchange` that the REST client is given: the server's
 * side of the contract in genesys-cloud.md §6 on a clock that the test owns.
 */
export class FakePlatform {
  version = 1;
  /** State of every participant. */
  state = 'connected';
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
  /** Participant → its attributes. */
  readonly participants = new Map<string, Record<string, string>>([['p1', {}]]);
  /** Version → the attributes of the first participant as of it: what an event from then shows. */
  readonly history: Record<string, string>[] = [];
  readonly #options: PlatformOptions;
  #inFlight = 0;

  constructor(options: PlatformOptions) {
    this.#options = options;
  }

  /** Those of the first participant. */
  get attributes(): Record<string, string> {
    return this.participants.get(this.participantId) ?? {};
  }

  set attributes(attributes: Record<string, string>) {
    this.participants.set(this.participantId, attributes);
  }

  /** Somebody else sets attributes of a participant, or takes some away. */
  overwrite(values: Record<string, string | undefined>, participantId = this.participantId): void {
    this.version += 1;
    const entries = Object.entries({ ...this.participants.get(participantId), ...values });
    this.participants.set(participantId, Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined)));
    this.#remember();
  }

  /** Something happens to the call. */
  bump(): void {
    this.version += 1;
    this.#remember();
  }

  etag(version = this.version): string {
    return (this.#options.etag ?? ((number: number) => `"${number}"`))(version);
  }

  readonly exchange = async (request: HttpRequest): Promise<Answer> => {
    // the token is beside the point here
    if (request.url.endsWith('/oauth/token')) return answerWith(200, { access_token: 'token', expires_in: 86_400 });
    const { latency = () => ({ connect: 0, up: 0, down: 0 }), fate = () => ({ kind: 'served' }) } = this.#options;
    const { connect, up, down } = latency(request);
    await this.#pass(connect);
    const outcome = fate(request);
    if (outcome.kind === 'unsent') throw new NoAnswer(`${request.method} x`, 'connect ECONNREFUSED', false);
    const composed = request.compose?.() ?? (request.compose === undefined ? {} : undefined);
    if (composed === undefined) throw new Withdrawn();
    const write = request.method === 'PATCH' ? this.#compose(request.url, composed.headers ?? {}, composed.body ?? '{}') : undefined;
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

  #compose(url: string, headers: Readonly<Record<string, string>>, body: string): Write {
    const parsed = JSON.parse(body) as {
      attributes?: Record<string, string>;
      participants?: { id: string; attributes: Record<string, string> }[];
    };
    const sets = new Map(
      parsed.attributes === undefined
        ? (parsed.participants ?? []).map(({ id, attributes }) => [id, attributes] as const)
        : [[lastOf(url), parsed.attributes]],
    );
    const write = {
      ifMatch: headers['if-match'] ?? '',
      sets,
      attributes: Object.fromEntries([...sets.values()].flatMap((set) => Object.entries(set))),
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
    const id = lastOf(url);
    if (write === undefined) return this.#read(id);
    if (write.ifMatch !== this.etag()) {
      write.status = 409;
      return answerWith(409, { code: 'general.conflict', status: 409 }, this.#options.conflictEtag === false ? {} : { etag: this.etag() });
    }
    write.status = 200;
    this.#carryOut(write);
    return this.#read(id);
  }

  #read(id: string): Answer {
    if (id === this.conversationId) {
      return answerWith(
        200,
        { id, participants: [...this.participants.keys()].map((each) => this.#participant(each)) },
        { etag: this.etag() },
      );
    }
    if (!this.participants.has(id)) return answerWith(404, { code: 'not.found', status: 404 });
    return answerWith(200, this.#participant(id), { etag: this.etag() });
  }

  #participant(id: string): Record<string, unknown> {
    return { id, purpose: 'customer', state: this.state, attributes: { ...this.participants.get(id) } };
  }

  #carryOut({ sets }: Write): void {
    this.version += 1;
    for (const [id, attributes] of sets) this.participants.set(id, { ...this.participants.get(id), ...attributes });
    this.#remember();
  }

  #remember(): void {
    this.history[this.version] = { ...this.attributes };
  }

  #pass(ms: number): Promise<void> {
    return ms === 0 ? Promise.resolve() : new Promise((resolve) => this.#options.clock.after(ms, resolve));
  }
}

/** The id that a path ends with. */
function lastOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}

function answerWith(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  const code = (body as { code?: string } | undefined)?.code;
  return { status, headers, body, code, correlationId: 'correlation-1' };
}
