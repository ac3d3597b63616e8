import WebSocket from 'ws';
import type { SimChannel } from '../../../src/simulator/platform/channels.js';
import { parseScenario, type ScenarioInput } from '../../../src/simulator/scenario.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { FakeClock } from '../../support/fake-clock.js';
import { basic } from '../org.js';

/** A frame as it came. */
export interface Frame {
  topicName?: string;
  version?: string;
  eventBody?: { id?: string; version?: number; etag?: string; message?: string; reason?: string; participants?: { attributes: object }[] };
  metadata?: { CorrelationId: string };
  result?: string;
  status?: string;
  correlationId?: string;
}

/** A client of a channel's socket that keeps what it hears. */
export class Listener {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  closed: { code: number } | undefined;
  pongs = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString('utf8')) as Frame));
    socket.on('pong', () => (this.pongs += 1));
    socket.on('close', (code) => (this.closed = { code }));
    socket.on('error', () => undefined);
  }

  /** Versions of the conversation events, as they came. */
  get versions(): (number | undefined)[] {
    return this.frames.filter(({ eventBody }) => eventBody?.id !== undefined).map(({ eventBody }) => eventBody?.version);
  }

  /** Sends a frame, and returns once the server must have seen it and answered. */
  async say(frame: object | string): Promise<void> {
    const { length } = this.frames;
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    this.socket.send('{"message":"ping"}');
    await eventually('a pong comes', () => this.frames.slice(length).some(({ eventBody }) => eventBody?.message === 'pong'));
  }
}

/** A simulator on a real port, in a time that the test owns. */
export class Streaming {
  readonly clock = new FakeClock();
  readonly simulator: Simulator;
  readonly #listeners: Listener[] = [];

  constructor(scenario: ScenarioInput = {}) {
    this.simulator = new Simulator({ scenario: parseScenario({ faults: {}, ...scenario }), seed: 1, clock: this.clock });
  }

  /** A channel of a token of its own, with these topics (by default the first queue's). */
  channel(topics: readonly string[] = this.simulator.topics.slice(0, 1)): SimChannel {
    const { oauth, channels, client } = this.simulator;
    const granted = oauth.grant(basic(client.id, client.secret), 'client_credentials');
    if (!('token' in granted)) throw new Error('the login was refused');
    const channel = channels.create(granted.token);
    channels.subscribe(channel, topics, 'replace', false);
    return channel;
  }

  /** Opens a socket; resolves when it is open or refused. */
  async open(channelId: string): Promise<{ listener: Listener; refused?: number | undefined }> {
    const socket = new WebSocket(`${this.simulator.url.replace('http', 'ws')}/channels/${channelId}`);
    const listener = new Listener(socket);
    const refused = await new Promise<number | undefined>((resolve) => {
      socket.once('open', () => {
        resolve(undefined);
      });
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        resolve(statusCode);
      });
    });
    if (refused === undefined) this.#listeners.push(listener);
    return { listener, refused };
  }

  async close(): Promise<void> {
    await this.simulator.close();
    await eventually('all sockets are closed', () => this.#listeners.every(({ closed }) => closed !== undefined));
  }

  async listen(channel = this.channel()): Promise<Listener> {
    const { listener } = await this.open(channel.id);
    return listener;
  }
}

/** Runs a test on a simulator with sockets, and closes it whatever comes of the test. */
export async function streaming(scenario: ScenarioInput, test: (streaming: Streaming) => Promise<void>): Promise<void> {
  const opened = new Streaming(scenario);
  await opened.simulator.listen();
  try {
    await test(opened);
  } finally {
    await opened.close();
  }
}
