import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import { Deadlines } from '../../base/deadlines.js';
import type { Random } from '../random.js';
import { bodyA, bodyB, etagOf } from './bodies.js';
import type { Channels, SimChannel } from './channels.js';
import { ApiError } from './errors.js';
import type { Faults } from './faults.js';
import type { SimConversation } from './model.js';
import { topicsOf } from './topics.js';
import type { Change, World } from './world.js';

/** A heartbeat comes each 30 s (genesys-cloud.md §3). */
const heartbeatInterval = 30_000;

const messageSchema = z.looseObject({ message: z.string(), topics: z.array(z.string()).optional(), correlationId: z.string().optional() });

export interface SocketsDeps {
  clock: Clock;
  random: Random;
  faults: Faults;
  channels: Channels;
  world: World;
}

/** When the last frame of a channel that keeps its place goes out. */
interface Line {
  lastAt: number;
}

/** A frame goes out so much after the one before it, in ms, if it would else overtake it. */
const apart = 0.001;

/** The streaming host: upgrades, frames out, and the few messages that clients may send. */
export class Sockets {
  /** Frames handed to sockets. */
  sent = 0;
  readonly #deps: SocketsDeps;
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 * 1024, autoPong: false });
  readonly #lines = new WeakMap<SimChannel, Line>();
  readonly #deadlines: Deadlines;
  readonly #unlisten: () => void;

  constructor(deps: SocketsDeps) {
    this.#deps = deps;
    this.#deadlines = new Deadlines(deps.clock);
    deps.channels.onRemoved = (channel, event) => {
      if (event !== undefined)
        this.#send(channel, { topicName: `v2.system.${event.topic}.${channel.id}`, eventBody: { reason: event.reason } });
      channel.socket?.close(1000);
    };
    this.#unlisten = deps.world.listen((conversation, change) => {
      this.#publish(conversation, change);
    });
    this.#deadlines.after(heartbeatInterval, () => {
      this.#heartbeat();
    });
  }

  /** Serves `/channels/{id}` on an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const channel = this.#deps.channels.find(request.url?.split('/channels/')[1] ?? '');
      if (channel === undefined) {
        socket.on('error', () => undefined);
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        this.#connect(channel, webSocket);
      });
    });
  }

  /** Cuts all sockets without a close frame, or closes them with a code. */
  cut(code?: number): void {
    for (const socket of this.#server.clients) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
  }

  /** Announces that the server will close the sockets (genesys-cloud.md §3). */
  announceClosing(): void {
    for (const channel of this.#deps.channels.all())
      this.#send(channel, { topicName: 'v2.system.socket_closing', eventBody: { message: 'closing' } });
  }

  close(): void {
    this.#unlisten();
    this.#deadlines.clear();
    this.cut();
    this.#server.close();
  }

  #connect(channel: SimChannel, socket: WebSocket): void {
    channel.socket?.close(1000, 'another socket uses this channel');
    channel.socket = socket;
    channel.lastUse = this.#deps.clock.now();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (channel.socket === socket) channel.socket = undefined;
    });
    socket.on('ping', (data) => {
      if (!this.#deps.faults.mute) socket.pong(data);
    });
    socket.on('message', (data: Buffer) => {
      if (channel.socket === socket) this.#receive(channel, data.toString('utf8'));
    });
  }

  #receive(channel: SimChannel, text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return;
    }
    const parsed = messageSchema.safeParse(json);
    if (!parsed.success) return;
    const { message, topics = [], correlationId } = parsed.data;
    if (message === 'ping') this.#send(channel, { topicName: 'channel.metadata', eventBody: { message: 'pong' } });
    if ((message === 'subscribe' || message === 'unsubscribe') && this.#deps.channels.find(channel.id) === undefined) {
      this.#send(channel, { result: '404', status: 'failure', correlationId });
      return;
    }
    if (message === 'subscribe') this.#send(channel, { ...this.#subscribe(channel, topics), correlationId });
    if (message === 'unsubscribe') {
      this.#deps.channels.unsubscribe(channel, topics);
      this.#send(channel, { result: '200', status: 'unsubscribed', correlationId });
    }
  }

  #subscribe(channel: SimChannel, topics: readonly string[]): Record<string, unknown> {
    try {
      this.#deps.channels.subscribe(channel, topics, 'add', false);
      return { result: '200', status: 'subscribed' };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { result: '400', status: 'failure', message: error.message };
    }
  }

  #heartbeat(): void {
    this.#deps.channels.sweep();
    for (const channel of this.#deps.channels.all())
      this.#send(channel, { topicName: 'channel.metadata', eventBody: { message: 'WebSocket Heartbeat' } });
    this.#deadlines.after(heartbeatInterval, () => {
      this.#heartbeat();
    });
  }

  #publish(conversation: SimConversation, change: Change): void {
    const channels = this.#deps.channels.all().filter(({ socket }) => socket !== undefined);
    if (channels.length === 0) return;
    const topics = topicsOf(conversation);
    const bodies = { A: this.#versioned(bodyA(conversation), conversation), B: this.#versioned(bodyB(conversation), conversation) };
    const detail = `v2.detail.events.conversation.${conversation.id}.attributes`;
    for (const channel of channels) {
      for (const [topicName, shape] of topics) if (channel.delivered.has(topicName)) this.#event(channel, topicName, bodies[shape]);
      if (change.kind === 'attributes' && channel.delivered.has(detail)) {
        const { participantId, attributes } = change;
        this.#event(channel, detail, { eventTime: this.#deps.clock.wall(), conversationId: conversation.id, participantId, attributes });
      }
    }
  }

  #versioned(body: Record<string, unknown>, conversation: SimConversation): Record<string, unknown> {
    switch (this.#deps.faults.eventVersions) {
      case 'version':
        return { ...body, version: conversation.version };
      case 'etag':
        return { ...body, etag: etagOf(conversation) };
      case 'none':
        return body;
    }
  }

  /** Sends an event after its delay, in order, unless a fault has it otherwise. */
  #event(channel: SimChannel, topicName: string, eventBody: Record<string, unknown>): void {
    const { faults, random, clock } = this.#deps;
    const frame = (): string => JSON.stringify({ topicName, version: '2', eventBody, metadata: { CorrelationId: random.uuid() } });
    if (random.chance(faults.drop)) return;
    const [least, most] = faults.eventDelay;
    const delay = most === 0 ? 0 : random.lognormal(Math.max(least, most / 3), 0.5, faults.eventDelay);
    const line = this.#lines.get(channel) ?? { lastAt: 0 };
    const late = random.chance(faults.reorder);
    const kept = delay === 0 ? Math.max(line.lastAt, clock.now()) : Math.max(line.lastAt + apart, clock.now() + delay);
    const at = late ? clock.now() + delay * 3 + 20 : kept;
    if (!late) line.lastAt = at;
    this.#lines.set(channel, line);
    const times = random.chance(faults.duplicate) ? 2 : 1;
    for (let count = 0; count < times; count += 1) {
      const text = frame();
      if (at <= clock.now()) this.#write(channel, text);
      else
        this.#deadlines.at(at, () => {
          this.#write(channel, text);
        });
    }
  }

  #send(channel: SimChannel, frame: Record<string, unknown>): void {
    this.#write(channel, JSON.stringify(frame));
  }

  #write({ socket }: SimChannel, text: string): void {
    if (this.#deps.faults.mute || socket === undefined || socket.readyState !== socket.OPEN) return;
    socket.send(text);
    this.sent += 1;
  }
}
