import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../src/base/clock.js';
import { Random } from '../../../src/simulator/random.js';
import { parseScenario } from '../../../src/simulator/scenario.js';
import { Simulator } from '../../../src/simulator/simulator.js';
import { tell } from '../forked.js';
import { wiredCalls, type WiredCall } from './calls.js';
import { sharedNow } from './clock.js';

export interface ServerTask {
  conversations: number;
  eventsPerSecond: number;
  wishesPerSecond: number;
  /** Milliseconds before the measured ones, and those. */
  warm: number;
  measured: number;
  seed: number;
}

/** What the server tells when all is over; times of `sharedNow`. */
export interface Served {
  /** Of the measured time: what was asked for, when its event was sent and when its first PATCH was there. */
  asked: { ask: string; sent: number; seen: number | undefined }[];
  events: number;
  patches: number;
  conflicts: number;
  reads: number;
  /** Calls whose answer is not what was last asked. */
  wrong: number;
}

/** How long after the last event a PATCH may come, in ms. */
const patience = 10_000;

const task = JSON.parse(process.argv[2] ?? '') as ServerTask;
const random = new Random(task.seed);
const calls = wiredCalls(task.conversations, task.seed);
const callOf = new Map(calls.map((call) => [call.id, call]));
const asked = new Map<string, { ask: string; sent: number; seen: number | undefined }>();
const count = { events: 0, patches: 0, conflicts: 0, reads: 0 };

const scenario = parseScenario({ calls: { most: 1 }, faults: {}, crm: { latency: [0, 0] }, perMinute: 1_000_000 });
const simulator = new Simulator({ scenario, seed: task.seed, clock: systemClock });
await simulator.listen();

function send(call: WiredCall): void {
  const socket = simulator.channels.all().findLast((channel) => channel.socket !== undefined)?.socket;
  socket?.send(call.frame());
}

/** The versioned contract (genesys-cloud.md §6) for the calls of the bench; all else is the simulator's. */
const front = http.createServer((request, response) => {
  const seen = sharedNow();
  const [, id = ''] = /\/conversations\/voice\/([^/]+)/.exec(request.url ?? '') ?? [];
  const call = callOf.get(id);
  if (call === undefined) forward(request, response);
  else if (request.method === 'PATCH') void patch(call, request, response, seen);
  else {
    count.reads += 1;
    const { eventBody } = JSON.parse(call.frame()) as { eventBody: unknown };
    answer(response, 200, call, eventBody);
  }
});

async function patch(call: WiredCall, request: IncomingMessage, response: ServerResponse, seen: number): Promise<void> {
  const { attributes } = JSON.parse(await text(request)) as { attributes: Record<string, string> };
  const value = attributes['answer'] ?? '';
  const one = asked.get(value);
  if (one !== undefined) one.seen ??= seen;
  count.patches += 1;
  if (request.headers['if-match'] !== `"${call.version}"`) {
    count.conflicts += 1;
    answer(response, 409, call, { code: 'general.conflict', status: 409 });
    return;
  }
  call.version += 1;
  call.answer = value;
  answer(response, 200, call, { id: call.customer, attributes });
  send(call);
}

function answer(response: ServerResponse, status: number, { version }: WiredCall, body: unknown): void {
  const json = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json), etag: `"${version}"` })
    .end(json);
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url } = request;
  const to = new URL(url ?? '/', simulator.url);
  // the host too: the simulator names its channels' sockets after it
  const onward = http.request(to, { method, headers: { ...headers, host: to.host } }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(response);
  });
  request.pipe(onward);
}

/** Sends events evenly; it spins, so that what a timer of its own is late is not measured. */
function drive(): void {
  const began = sharedNow();
  let asks = 0;
  let driven = 0;
  const step = (): void => {
    const now = sharedNow();
    const elapsed = now - began;
    if (elapsed > task.warm + task.measured) {
      finish(sharedNow());
      return;
    }
    if (driven < (elapsed / 1_000) * task.eventsPerSecond) {
      // each call is told once before anybody is asked
      const call = driven < calls.length ? calls[driven] : random.pick(calls);
      driven += 1;
      if (call !== undefined) {
        call.version += 1;
        // from the first on that everybody knows, so that the way of a wish is warm too when it is measured
        if (driven > calls.length && asks < (elapsed / 1_000) * task.wishesPerSecond) {
          asks += 1;
          call.ask = String(asks);
          if (elapsed > task.warm) asked.set(call.ask, { ask: call.ask, sent: sharedNow(), seen: undefined });
        }
        send(call);
        count.events += 1;
      }
    }
    setImmediate(step);
  };
  step();
}

/** Tells what came, once all is written that was asked for, or as much as comes within `patience`. */
function finish(since: number): void {
  const wrong = calls.filter((call) => call.answer !== call.ask).length;
  if (wrong > 0 && sharedNow() - since < patience) {
    setTimeout(() => {
      finish(since);
    }, 100);
  } else tell({ asked: [...asked.values()], ...count, wrong } satisfies Served);
}

front.keepAliveTimeout = 60_000;
front.listen(0, '127.0.0.1', () => {
  tell({ url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`, topics: simulator.topics });
});
process.once('message', drive);
process.once('disconnect', () => process.exit());
