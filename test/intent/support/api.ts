import http from 'node:http';
import type { FastifyInstance } from 'fastify';
import { Deadlines } from '../../../src/base/deadlines.js';
import type { Conversation } from '../../../src/conversation/conversation.js';
import type { Found } from '../../../src/conversation/reader.js';
import { Refused } from '../../../src/genesys/errors.js';
import type { Intent, Wish } from '../../../src/intent/intent.js';
import { createLocalApi, listenAt, type LocalApiDeps } from '../../../src/intent/local-api/server.js';
import { MemoryStore } from '../../../src/intent/store/memory-store.js';
import { KeptOutbox } from '../../../src/intent/kept-outbox.js';
import { Journal, withJournal } from '../../../src/observe/journal.js';
import { FakeClock } from '../../support/fake-clock.js';
import { RecordingLog } from '../../support/recording-log.js';
import { Bench, participant } from './bench.js';
import { answer } from './fake-crm.js';
import { unread } from '../../support/metrics.js';

export interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Empty where it is no JSON. */
  body: Readonly<Record<string, unknown>>;
  text: string;
}

export interface Call {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is if it is text. */
  body?: unknown;
}

interface ApiOptions extends Partial<Omit<LocalApiDeps, 'guard' | 'outbox' | 'log'>> {
  listen?: string;
  /** The address that the guard is told, where it is another than that which is listened at. */
  configured?: string;
  token?: string;
  values?: boolean;
}

/** A conversation as an event has told of it. */
export async function knownConversation(): Promise<Conversation> {
  const bench = new Bench({ rules: [] });
  await bench.tell([participant('p1')]);
  return bench.conversation();
}

/** What a reader answers that was told 404. */
export const gone: Found = { kind: 'gone', error: new Refused('GET /c1', answer(404)) };

/** The local API on a socket of its own. Whoever opens it closes it. */
export class Api {
  readonly clock = new FakeClock();
  readonly log: RecordingLog;
  readonly outbox: KeptOutbox;
  readonly journal = new Journal({ clock: this.clock });
  readonly submitted: Wish[] = [];
  /** Intents that went back to their rules. */
  readonly resumed: Intent[] = [];
  /** Conversations that were looked for. */
  readonly sought: string[] = [];
  readonly server: FastifyInstance;
  address = '';
  /** What the guard asks for. */
  token: string | undefined;
  readonly #listen: string;

  constructor({ listen = '127.0.0.1:0', configured = listen, token, values = false, find, ...more }: ApiOptions = {}) {
    this.#listen = listen;
    this.token = token;
    const log = (this.log = new RecordingLog({ values }));
    this.outbox = new KeptOutbox({
      clock: this.clock,
      deadlines: new Deadlines(this.clock),
      log,
      keepFinished: 3_600_000,
      keepDead: 30 * 86_400_000,
      maxBytes: 1024 ** 3,
      store: new MemoryStore(),
    });
    this.server = createLocalApi({
      log: withJournal(log, this.journal),
      outbox: this.outbox,
      registry: { get: () => undefined },
      journal: this.journal,
      guard: { listen: configured, token: () => this.token },
      alive: [],
      ready: [],
      details: () => ({}),
      metrics: unread(),
      status: () => ({}),
      pipelines: () => [],
      webhook: { secrets: () => undefined, observe: () => 'ignored' },
      deadlines: new Deadlines(this.clock),
      submit: (wish) => this.submitted.push(wish),
      resume: (intent) => this.resumed.push(intent),
      accepting: () => true,
      find: async (id) => {
        this.sought.push(id);
        return find === undefined ? { kind: 'known', conversation: await knownConversation() } : find(id);
      },
      ...more,
    });
  }

  async open(): Promise<this> {
    this.address = await listenAt(this.server, this.#listen);
    return this;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** One request over the socket. */
  call(path: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<Reply> {
    const { address } = this;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const json = typeof body === 'object' ? { 'content-type': 'application/json' } : {};
    const where = address.startsWith('unix:')
      ? { socketPath: address.slice(5) }
      : { host: new URL(`tcp://${address}`).hostname.replace(/^\[|\]$/g, ''), port: new URL(`tcp://${address}`).port };
    return new Promise((resolve, reject) => {
      const request = http.request({ ...where, agent: false, method, path, headers: { ...json, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: status = 0, headers: answered } = response;
          const isJson = text !== '' && answered['content-type']?.startsWith('application/json') === true;
          resolve({ status, headers: answered, body: isJson ? (JSON.parse(text) as Reply['body']) : {}, text });
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  put(body: unknown, { query = '', pid = 'p1', ...call }: Call & { query?: string; pid?: string } = {}): Promise<Reply> {
    return this.call(`/conversations/c1/participants/${pid}/attributes${query}`, { method: 'PUT', body, ...call });
  }
}
