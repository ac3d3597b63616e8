import { Writable } from 'node:stream';
import { filter, map, groupBy, mergeMap, scan, debounceTime, Observable } from 'rxjs';
import WebSocket from 'ws';
import { systemClock } from '../../../src/base/clock.js';
import { configSchema } from '../../../src/config/schema.js';
import { Daemon } from '../../../src/daemon.js';
import { MemoryStore } from '../../../src/intent/store/memory-store.js';
import { BoundedStream } from '../../../src/observe/bounded-stream.js';
import { linesOf } from '../../../src/observe/lines.js';
import { createLog } from '../../../src/observe/log.js';
import { simulatorClient } from '../../../src/simulator/simulator.js';
import type { FeederReady } from './feeder.js';

/** Somebody who takes frames in, and knows the newest of each conversation in the end. */
export interface Contender {
  connect: (at: FeederReady) => Promise<Receiving>;
}

interface Receiving {
  /** Events taken in until now. */
  count: () => number;
  /** The customer's attribute `mark` in what is taken for the newest version. */
  markOf: (conversationId: string) => string | undefined;
}

/** What a body is read as by those who do not ask further. */
interface Body {
  id: string;
  version?: number;
  participants: { purpose: string; attributes: Record<string, string> }[];
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return socket;
}

const markIn = ({ participants }: Body): string | undefined =>
  participants.find(({ purpose }) => purpose === 'customer')?.attributes['mark'];

const isOlder = (body: Body, known: { version?: number | undefined } | undefined): boolean =>
  known?.version !== undefined && body.version !== undefined && body.version < known.version;

/** `ws` and `JSON.parse`, and the least that must be kept to know what is newest. */
const bare: Contender = {
  connect: async (at) => {
    const newest = new Map<string, { version: number | undefined; mark: string | undefined }>();
    let count = 0;
    (await open(at.bare)).on('message', (data: Buffer) => {
      count += 1;
      const { eventBody } = JSON.parse(data.toString('utf8')) as { eventBody: Body };
      if (!isOlder(eventBody, newest.get(eventBody.id))) newest.set(eventBody.id, { version: eventBody.version, mark: markIn(eventBody) });
    });
    return { count: () => count, markOf: (id) => newest.get(id)?.mark };
  },
};

/** How it is usually written: a group for each conversation, the newest by `scan`, and calm by `debounceTime`. */
const rxjs: Contender = {
  connect: async (at) => {
    const newest = new Map<string, Body>();
    let count = 0;
    const socket = await open(at.bare);
    const messages: Observable<{ data: string | Buffer }> = new Observable((subscriber) => {
      socket.on('message', (data: Buffer) => {
        subscriber.next({ data });
      });
    });
    messages
      .pipe(
        map(({ data }) => {
          count += 1;
          return JSON.parse(data.toString()) as { topicName: string; eventBody: Body };
        }),
        filter(({ topicName }) => topicName.startsWith('v2.users.')),
        groupBy(({ eventBody }) => eventBody.id),
        mergeMap((group) =>
          group.pipe(
            map(({ eventBody }) => eventBody),
            scan((known, body) => (isOlder(body, known) ? known : body)),
            debounceTime(150),
          ),
        ),
      )
      .subscribe((body) => newest.set(body.id, body));
    return {
      count: () => count,
      markOf: (id) => {
        const body = newest.get(id);
        return body === undefined ? undefined : markIn(body);
      },
    };
  },
};

/** Rules as in a config: one for each participant that is added, one for each newer snapshot; neither ever holds. */
const rules = [
  {
    name: 'vip',
    when: 'participant.added',
    if: "participant.purpose = 'customer' and participant.attributes.vip = 'yes'",
    set: { tier: '"gold"' },
  },
  { name: 'escalated', when: 'conversation.updated', if: "participant.attributes.escalate = 'yes'", set: { priority: '"HIGH"' } },
] as const;

/** The whole daemon, with a log that goes nowhere and no local API. */
const daemon = (withRules: boolean): Contender => ({
  connect: async ({ url, topics }) => {
    const lines = linesOf({ format: 'json' });
    const target = new Writable({
      write: (_chunk, _encoding, done) => {
        done();
      },
    });
    const config = configSchema.parse({
      genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
      notifications: { topics },
      http: { listen: 'off' },
      rules: withRules ? rules : [],
    });
    const one = new Daemon({
      config,
      secret: () => simulatorClient.secret,
      log: createLog({ level: 'info', values: false, lines, sink: new BoundedStream({ target, lines }) }),
      clock: systemClock,
      random: Math.random,
      proxyFor: () => '',
      store: new MemoryStore(),
      version: 'bench',
    });
    await one.start();
    const { registry } = one;
    return {
      count: () => Object.values(registry.outcomes).reduce((sum, count) => sum + count, 0),
      markOf: (id) => registry.get(id)?.snapshot.participants.find(({ purpose }) => purpose === 'customer')?.attributes?.['mark'],
    };
  },
});

export const contenders = { bare, rxjs, daemon: daemon(true), 'daemon without rules': daemon(false) } satisfies Record<string, Contender>;

export type ContenderName = keyof typeof contenders;
