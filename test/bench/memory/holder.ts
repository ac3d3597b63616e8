import { KubeConfig, ListWatch, Watch, type KubernetesObject } from '@kubernetes/client-node';
import { debounceTime, groupBy, map, mergeMap, scan, Subject } from 'rxjs';
import { Deadlines } from '../../../src/base/deadlines.js';
import { readBody } from '../../../src/conversation/body-bytes.js';
import { Registry } from '../../../src/conversation/registry.js';
import { eventOfBytes } from '../../../src/genesys/frame-bytes.js';
import { KeptOutbox } from '../../../src/intent/kept-outbox.js';
import { PatientLookups } from '../../../src/intent/lookups/patience.js';
import { RuleEngine } from '../../../src/intent/rules/engine.js';
import { compileRules } from '../../../src/intent/rules/rule.js';
import { MemoryStore } from '../../../src/intent/store/memory-store.js';
import { Journal, withJournal } from '../../../src/observe/journal.js';
import { bodyB } from '../../../src/simulator/platform/bodies.js';
import type { SimConversation } from '../../../src/simulator/platform/model.js';
import { CountingLog } from '../../support/counting-log.js';
import { FakeClock, settled } from '../../support/fake-clock.js';
import { callsOf } from '../ingest/feed.js';

export type HolderName = 'daemon' | 'rxjs' | 'informer';

/** Bytes: of each conversation, and of all for `growth`. */
export interface Held {
  idle: number;
  ended: number;
  busy?: number;
  forgotten?: number;
  growth?: number;
  journal?: number;
}

interface Holder {
  take: (frame: string) => void;
  /** Lets time pass, in ms. */
  pass: (ms: number) => Promise<void>;
}

/** How long one that has ended is kept, in ms. */
const forgetAfter = 600_000;
const minute = 60_000;

const rules = [
  {
    name: 'vip',
    when: 'participant.added',
    if: "participant.purpose = 'customer' and participant.attributes.vip = 'yes'",
    set: { tier: '"gold"' },
  },
  { name: 'escalated', when: 'conversation.updated', if: "participant.attributes.escalate = 'yes'", set: { priority: '"HIGH"' } },
] as const;

export function daemon(journalled: boolean): Holder {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const log = journalled ? withJournal(new CountingLog(), new Journal({ clock, most: 10_000_000 })) : new CountingLog();
  const base = { clock, deadlines, log, random: Math.random };
  const registry = new Registry({ ...base, max: 10_000_000, forgetAfter });
  const outbox = new KeptOutbox({ ...base, store: new MemoryStore(), keepFinished: minute, keepDead: minute, maxBytes: 1024 ** 3 });
  const lookups = new PatientLookups({ ...base, outbox, giveUpAfter: minute, signal: new AbortController().signal });
  const engine = new RuleEngine({ ...base, outbox, lookups, rules: compileRules(rules, new Map()), participant: 'customer' });
  engine.listen(registry.changes);
  return {
    take: (text) => {
      const event = eventOfBytes(Buffer.from(text), readBody);
      if (event === undefined) throw new Error('a frame of the bench is not read from its bytes');
      registry.observe(event);
    },
    pass: (ms) => clock.advance(ms),
  };
}

interface Body {
  id: string;
  version: number;
}

function rxjs(): Holder {
  const frames = new Subject<{ eventBody: Body }>();
  const newest = new Map<string, Body>();
  frames
    .pipe(
      groupBy(({ eventBody }) => eventBody.id),
      mergeMap((group) =>
        group.pipe(
          map(({ eventBody }) => eventBody),
          scan((known, body) => (body.version < known.version ? known : body)),
          debounceTime(150),
        ),
      ),
    )
    .subscribe((body) => newest.set(body.id, body));
  return {
    take: (text) => {
      frames.next(JSON.parse(text) as { eventBody: Body });
    },
    // debounced by real time
    pass: () => new Promise((resolve) => setTimeout(resolve, 500)),
  };
}

/** A watch that is fed here, and not by an API server. */
class FedWatch extends Watch {
  tell: Parameters<Watch['watch']>[2] = () => undefined;

  override watch(...[, , tell]: Parameters<Watch['watch']>): Promise<AbortController> {
    this.tell = tell;
    return Promise.resolve(new AbortController());
  }
}

/** The informer of @kubernetes/client-node, with each body as an object of its cache. */
async function informer(): Promise<Holder> {
  const watch = new FedWatch(new KubeConfig());
  const list = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '0' }, items: [] };
  await new ListWatch<Body & KubernetesObject>('/conversations', watch, () => Promise.resolve(list)).start();
  return {
    take: (text) => {
      const { eventBody } = JSON.parse(text) as { eventBody: Body };
      const metadata = { name: eventBody.id, namespace: 'default', resourceVersion: String(eventBody.version) };
      const object = Object.assign(eventBody, { metadata });
      watch.tell('MODIFIED', object, { type: 'MODIFIED', object });
    },
    pass: () => Promise.resolve(),
  };
}

/** Every field that rules see, on each participant; the customer and the agent go on until the end. */
export function complete(call: SimConversation): SimConversation {
  const [queueId, userId] = [call.participants[2]?.queueId, call.participants[3]?.userId];
  const participants = call.participants.map((each) => ({ ...each, ...(queueId && { queueId }), ...(userId && { userId }) }));
  return { ...call, version: 1, participants };
}

function end(call: SimConversation): void {
  for (const participant of call.participants) {
    participant.state = 'terminated';
    participant.endTime ??= '2026-01-01T01:00:00.000Z';
  }
}

export function frameOf(call: SimConversation): string {
  call.version += 1;
  const eventBody = { ...bodyB(call), version: call.version };
  const topicName = `v2.users.${call.participants[3]?.userId ?? ''}.conversations.calls`;
  return JSON.stringify({ topicName, version: '2', eventBody, metadata: { CorrelationId: call.id } });
}

/** Bytes in use after gc. */
async function heap(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await settled();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

async function feed(holder: Holder, calls: readonly SimConversation[]): Promise<void> {
  for (const [index, call] of calls.entries()) {
    holder.take(frameOf(call));
    if (index % 1_000 === 0) await settled();
  }
  await settled();
}

async function hold(holder: Holder, count: number): Promise<Held> {
  // what is compiled and made once is there before
  await feed(holder, callsOf({ conversations: 2_000, seed: 5 }).map(complete));
  await holder.pass(minute);
  const calls = callsOf({ conversations: count, seed: 7 }).map(complete);
  // its numbers and texts take no other form later
  for (const call of calls) frameOf(call);
  const before = await heap();
  await feed(holder, calls);
  await feed(holder, calls);
  const busy = (await heap()) - before;
  await holder.pass(minute);
  const idle = (await heap()) - before;
  const atEnd = await heap();
  calls.forEach(end);
  const made = (await heap()) - atEnd;
  await feed(holder, calls);
  await holder.pass(minute);
  const ended = (await heap()) - before - made;
  await holder.pass(forgetAfter);
  const forgotten = (await heap()) - before - made;
  return { idle: idle / count, busy: busy / count, ended: ended / count, forgotten: forgotten / count };
}

/** The same number of calls each minute, each of 5 minutes: bytes more after an hour of it. */
async function turnover(holder: Holder, count: number): Promise<number> {
  const each = Math.round(count / 60);
  const live: SimConversation[][] = [];
  const live1 = async (minutes: number, seed: number): Promise<void> => {
    for (let at = 0; at < minutes; at += 1) {
      live.push(callsOf({ conversations: each, seed: seed + at }).map(complete));
      const over = live.length > 5 ? (live.shift() ?? []) : [];
      over.forEach(end);
      for (const calls of [...live, over]) await feed(holder, calls);
      await holder.pass(minute);
    }
  };
  await live1(30, 1_000);
  const before = await heap();
  await live1(60, 2_000);
  return (await heap()) - before;
}

/** Measures one holder, as `memory.ts` asks for it. */
export async function measureHolder(name: HolderName, count: number): Promise<Held> {
  const { busy, forgotten, ...held } = await hold(name === 'daemon' ? daemon(false) : name === 'rxjs' ? rxjs() : await informer(), count);
  if (name !== 'daemon') return held;
  const journalled = await hold(daemon(true), Math.min(count, 20_000));
  const growth = await turnover(daemon(false), Math.min(count, 12_000));
  return { ...held, ...(busy && { busy }), ...(forgotten !== undefined && { forgotten }), growth, journal: journalled.idle - held.idle };
}
