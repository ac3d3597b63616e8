import axios, { type AxiosInstance } from 'axios';
import WebSocket from 'ws';
import type { Clock, Timer } from '../base/clock.js';
import { simulatorClient } from '../simulator/simulator.js';
import { versionOf, type Auditor } from './auditor.js';

/** First wait after a conflict, in ms; it doubles. */
const firstWait = 500;
/** Tries of one update. */
const mostTries = 6;

export interface NaiveWriterOptions {
  url: string;
  crmUrl: string;
  topics: readonly string[];
  clock: Clock;
  auditor: Auditor;
}

interface Participant {
  id: string;
  purpose?: string;
  state?: string;
  ani?: string;
  user?: { id: string };
  queue?: { id: string };
}

interface Frame {
  eventBody?: { id?: string; version?: number; participants?: Participant[] };
}

interface Memory {
  queues: Set<string>;
  agent: string | undefined;
}

/**
 * The writer of the original complaint: each update is a loop of its own that GETs the participant, PATCHes with its
 * ETag, and on a 409 backs off exponentially and sends the same ETag again. It wants the same updates as the demo's rules.
 */
export class NaiveWriter {
  readonly #options: NaiveWriterOptions;
  readonly #memories = new Map<string, Memory>();
  readonly #timers = new Set<Timer>();
  readonly #http: AxiosInstance;
  #socket: WebSocket | undefined;
  #closed = false;
  /** Updates that are under way, and those that were given up. */
  working = 0;
  givenUp = 0;

  constructor(options: NaiveWriterOptions) {
    this.#options = options;
    this.#http = axios.create({ baseURL: options.url, proxy: false, validateStatus: () => true });
  }

  /** Logs in, makes a channel, subscribes and connects. */
  async start(): Promise<void> {
    const { url, topics } = this.#options;
    const login = await this.#http.post<{ access_token: string }>(`${url}/oauth/token`, 'grant_type=client_credentials', {
      auth: { username: simulatorClient.id, password: simulatorClient.secret },
    });
    this.#http.defaults.headers.common['authorization'] = `Bearer ${login.data.access_token}`;
    const channel = await this.#http.post<{ id: string; connectUri: string }>('/api/v2/notifications/channels');
    await this.#http.put(
      `/api/v2/notifications/channels/${channel.data.id}/subscriptions`,
      topics.map((id) => ({ id })),
    );
    const socket = (this.#socket = new WebSocket(channel.data.connectUri, { perMessageDeflate: false }));
    socket.on('message', (data: Buffer) => {
      this.#onFrame(JSON.parse(data.toString('utf8')) as Frame);
    });
    await new Promise((resolve) => socket.once('open', resolve));
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#socket?.terminate();
  }

  #onFrame({ eventBody }: Frame): void {
    const { id, participants = [], version } = eventBody ?? {};
    if (id === undefined) return;
    this.#options.auditor.told(id, version);
    const customer = participants.find(({ purpose }) => purpose === 'customer');
    if (customer === undefined) return;
    let memory = this.#memories.get(id);
    if (memory === undefined) {
      memory = { queues: new Set(), agent: undefined };
      this.#memories.set(id, memory);
      this.#begin(this.#tier(id, customer));
    }
    for (const { id: acd, purpose, queue } of participants) {
      if (purpose !== 'acd' || memory.queues.has(acd) || queue === undefined) continue;
      memory.queues.add(acd);
      this.#begin(this.#write(id, customer.id, { lastQueue: queue.id }));
    }
    const agent = participants.findLast(({ purpose, state }) => purpose === 'agent' && state === 'connected')?.user?.id;
    if (agent !== undefined && agent !== memory.agent) {
      memory.agent = agent;
      this.#begin(this.#write(id, customer.id, { lastAgent: agent }));
    }
  }

  async #tier(conversationId: string, { id, ani }: Participant): Promise<void> {
    const { data } = await this.#http.get<{ id: string; tier: string }>(`${this.#options.crmUrl}/customers`, { params: { phone: ani } });
    await this.#write(conversationId, id, { crmCustomerId: data.id, priorityLevel: data.tier === 'gold' ? 'HIGH' : 'NORMAL' });
  }

  async #write(conversationId: string, participantId: string, attributes: Record<string, string>): Promise<void> {
    const path = `/api/v2/conversations/voice/${conversationId}/participants/${participantId}`;
    let etag: string | undefined;
    for (let tries = 0; tries < mostTries && !this.#closed; tries += 1) {
      if (tries > 0) await this.#pause(firstWait * 2 ** (tries - 1));
      if (etag === undefined) {
        const read = await this.#http.get(path);
        if (read.status !== 200) continue;
        etag = String(read.headers['etag']);
        this.#options.auditor.told(conversationId, versionOf(etag));
      }
      this.#options.auditor.sends(conversationId, etag);
      const { status } = await this.#http.patch(path, { attributes }, { headers: { 'if-match': etag } });
      if (status < 300) return;
    }
    this.givenUp += 1;
  }

  /** Goes on in the background; a connection that breaks is the end of an update. */
  #begin(update: Promise<void>): void {
    this.working += 1;
    update
      .catch(() => {
        this.givenUp += 1;
      })
      .finally(() => {
        this.working -= 1;
      });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(ms, () => {
        this.#timers.delete(timer);
        resolve();
      });
      this.#timers.add(timer);
    });
  }
}
