import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import type { Clock } from '../../base/clock.js';
import { Deadlines } from '../../base/deadlines.js';
import type { Random } from '../random.js';
import { bodyA, bodyB, etagOf } from './bodies.js';
import type { Channels, SimChannel } from './channels.js';
import { Deliveries } from './deliveries.js';
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

/** The streaming host: upgrades, frames out, and the few messages that clients may send. */
export class Sockets {
  /** Frames handed to sockets. */
  sent = 0;
  readonly #deps: SocketsDeps;
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 * 1024, autoPong: false });
  readonly #deliveries: Deliveries;
  readonly #deadlines: Deadlines;
  readonly #unlisten: () => void;

  constructor(deps: SocketsDeps) {
    this.#deps = deps;
    const { clock, random, faults } = deps;
    this.#deadlines = new Deadlines(clock);
    this.#deliveries = new Deliveries({
      clock,
      random,
      faults,
      write: (channel, text) => {
        this.#write(channel, text);
      },
    });
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
      const { refuseUpgrades } = this.#deps.faults;
      if (channel === undefined || refuseUpgrades !== undefined) {
        const status = refuseUpgrades ?? 404;
        socket.on('error', () => undefined);
        socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        this.#connect(channel, webSocket);
      });
    });
  }

  /** Cuts the sockets without a close frame, or closes them with a code: all, or that of one channel. */
  cut(code?: number, channel?: SimChannel): void {
    for (const socket of channel === undefined ? this.#server.clients : [channel.socket]) {
      if (code === undefined) socket?.terminate();
      else socket?.close(code);
    }
  }

  /** Announces that the server will close the sockets, or that of one channel (genesys-cloud.md §3: about 60 s before, best effort). */
  announceClosing(channel?: SimChannel): void {
    for (const each of channel === undefined ? this.#deps.channels.all() : [channel])
      this.#send(each, { topicName: 'v2.system.socket_closing', eventBody: { message: 'closing' } });
  }

  /**
   * Makes a channel useless: its events are lost, those under way too, while heartbeats, pongs, answers to subscriptions
   * and what the system says of the channel go on. It stays so across reconnects, until it is thawed.
   */
  freeze(channel: SimChannel): void {
    this.#deliveries.freeze(channel);
  }

  /** Events go out again; what was lost meanwhile stays lost. */
  thaw(channel: SimChannel): void {
    this.#deliveries.thaw(channel);
  }

  /** Sends an event by hand, under the same faults as others: to each channel that has its topic, or to one, whether it has it or not. */
  sendEvent(topicName: string, eventBody: Record<string, unknown>, channel?: SimChannel): void {
    const told = channel === undefined ? this.#deps.channels.all().filter(({ delivered }) => delivered.has(topicName)) : [channel];
    for (const each of told) this.#deliveries.event(each, topicName, eventBody);
  }

  close(): void {
    this.#unlisten();
    this.#deadlines.clear();
    this.#deliveries.clear();
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
    if (message !== 'subscribe' && message !== 'unsubscribe') return;
    const { subscribeFrames } = this.#deps.faults;
    if (subscribeFrames === 'ignored') return;
    const result = this.#carryOut(channel, message, topics);
    if (subscribeFrames === 'answered') this.#send(channel, { ...result, correlationId });
  }

  #carryOut(channel: SimChannel, message: 'subscribe' | 'unsubscribe', topics: readonly string[]): Record<string, unknown> {
    const { channels } = this.#deps;
    if (channels.find(channel.id) === undefined) return { result: '404', status: 'failure' };
    if (message === 'subscribe') return this.#subscribe(channel, topics);
    channels.unsubscribe(channel, topics);
    return { result: '200', status: 'unsubscribed' };
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
      for (const [topicName, shape] of topics)
        if (channel.delivered.has(topicName)) this.#deliveries.event(channel, topicName, bodies[shape]);
      if (change.kind === 'attributes' && channel.delivered.has(detail)) {
        const { participantId, attributes } = change;
        this.#deliveries.event(channel, detail, {
          eventTime: this.#deps.clock.wall(),
          conversationId: conversation.id,
          participantId,
          attributes,
        });
      }
    }
  }

  #versioned(body: Record<string, unknown>, conversation: SimConversation): Record<string, unknown> {
    switch (this.#deps.faults.eventVersions) {
      case 'version':
        return { ...body, version: conversation.version };
      case 'etag':
        return { ...body, etag: etagOf(conversation, this.#deps.faults.etags) };
      case 'none':
        return body;
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
