import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { systemClock } from '../../../src/base/clock.js';
import { parseScenario } from '../../../src/simulator/scenario.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { framesOf, type FeedOptions } from './feed.js';

/** What a feeder tells when it is ready. */
export interface FeederReady {
  /** The simulated platform, for who asks for a channel first. */
  url: string;
  topics: string[];
  /** A bare WebSocket for everybody else. */
  bare: string;
  /** Frames of the warm-up and of the feed, and the mean size of the latter in bytes. */
  warm: number;
  frames: number;
  bytes: number;
}

/** What a feeder is given to send. */
export interface FeederOptions {
  warm: FeedOptions;
  feed: FeedOptions;
}

/** Bytes that wait in a socket before the next frames. */
const mostWaiting = 1024 * 1024;

/** Runs in a process of its own that only sends: each frame once, as fast as they are taken, when it is told `warm` or `feed`. */
async function main({ warm, feed }: FeederOptions): Promise<void> {
  const frames = { warm: framesOf(warm), feed: framesOf(feed) };
  const scenario = parseScenario({ calls: { most: 1 }, faults: {}, crm: { latency: [0, 0] }, perMinute: 100_000 });
  const simulator = new Simulator({ scenario, seed: 1, clock: systemClock });
  await simulator.listen();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  let last: WebSocket | undefined;
  server.on('connection', (socket) => (last = socket));
  process.on('message', (what: { send: 'warm' | 'feed'; to: 'bare' | 'channel' }) => {
    const socket = what.to === 'bare' ? last : simulator.channels.all().findLast((channel) => channel.socket !== undefined)?.socket;
    if (socket === undefined) throw new Error(`nobody is connected to the ${what.to} socket`);
    void send(socket, frames[what.send]);
  });
  const bytes = frames.feed.reduce((sum, { length }) => sum + length, 0) / frames.feed.length;
  process.send?.({
    url: simulator.url,
    topics: simulator.topics,
    bare: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    warm: frames.warm.length,
    frames: frames.feed.length,
    bytes,
  } satisfies FeederReady);
}

async function send(socket: WebSocket, frames: readonly Buffer[]): Promise<void> {
  for (const frame of frames) {
    if (socket.bufferedAmount < mostWaiting) socket.send(frame, { binary: false });
    else
      await new Promise((resolve) => {
        socket.send(frame, { binary: false }, resolve);
      });
  }
}

await main(JSON.parse(process.argv[2] ?? '{}') as FeederOptions);
