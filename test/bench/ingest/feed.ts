import { bodyA, bodyB } from '../../../src/simulator/platform/bodies.js';
import type { SimConversation, SimParticipant } from '../../../src/simulator/platform/model.js';
import { Random } from '../../../src/simulator/random.js';

/** Where an event's body has its version. */
export type VersionAt = 'first' | 'last' | 'absent';

export interface FeedOptions {
  conversations: number;
  /** Changes of each conversation; a share of them comes twice, or late where a version tells so. */
  changes: number;
  /** What a frame has at least, in bytes. */
  bytes: number;
  versionAt: VersionAt;
  seed: number;
}

/** An exact copy but for the correlation id (genesys-cloud.md §3), or an overtaken event, comes so often. */
const twice = 0.05;
const late = 0.02;

/** Agents and queues of an org of this size. */
const users = 500;
const queues = 50;

/** The calls of a feed as they begin: the same for the same options. */
export function callsOf({ conversations, seed }: Pick<FeedOptions, 'conversations' | 'seed'>): SimConversation[] {
  const random = new Random(seed);
  const pools = { users: ids(users, random), queues: ids(queues, random) };
  return Array.from({ length: conversations }, (_, index) => makeCall(index, pools, random));
}

/**
 * The frames of many conversations in the order in which they come, the same for the same options. In the end the
 * attribute `mark` of each one's customer is the number of its last change.
 */
export function framesOf(options: FeedOptions): Buffer[] {
  const { changes, bytes, versionAt, seed } = options;
  const random = new Random(seed + 1_000);
  const draw = drawing(seed);
  const calls = callsOf(options);
  const frames: Buffer[] = [];
  for (let change = 1; change <= changes; change += 1) {
    const held: Buffer[] = [];
    for (const [index, call] of calls.entries()) {
      move(call, change);
      const frame = (): Buffer => frameOf(call, { shape: index % 2 === 0 ? 'A' : 'B', bytes, versionAt }, draw);
      // an overtaken one comes after the next change of its conversation
      if (versionAt !== 'absent' && change > 1 && random.chance(late)) {
        const before = frame();
        call.version += 1;
        frames.push(frame());
        held.push(before);
      } else frames.push(frame());
      if (random.chance(twice)) frames.push(frame());
    }
    frames.push(...held);
  }
  return frames;
}

/** A call with four participants, as the simulator has one. */
function makeCall(index: number, pools: { users: readonly string[]; queues: readonly string[] }, random: Random): SimConversation {
  const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + index * 37 + second * 1_000).toISOString();
  const phone = `+1555${String(1_000_000 + index)}`;
  const participant = (purpose: SimParticipant['purpose'], second: number, more: Partial<SimParticipant>): SimParticipant => ({
    id: random.uuid(),
    purpose,
    name: purpose === 'customer' ? 'Springfield, IL' : `${purpose} ${index % 40}`,
    address: purpose === 'customer' ? `tel:${phone}` : `sip:${purpose}${index % 40}@edge.example.com`,
    ani: phone,
    dnis: `+1800555${String(1_000 + (index % 20))}`,
    callId: random.uuid(),
    startTime: at(second),
    connectedTime: at(second + 1),
    state: 'connected',
    held: false,
    muted: false,
    recording: false,
    wrapup: 'none',
    attributes: {},
    ...more,
  });
  const [user, queue] = [random.pick(pools.users), random.pick(pools.queues)];
  return {
    id: random.uuid(),
    startTime: at(0),
    version: 0,
    participants: [
      participant('customer', 0, { attributes: { mark: '0', language: index % 3 === 0 ? 'de' : 'en' } }),
      participant('ivr', 1, { state: 'terminated', endTime: at(20), disconnectType: 'transfer' }),
      participant('acd', 20, { queueId: queue, state: 'terminated', endTime: at(45), disconnectType: 'transfer' }),
      participant('agent', 45, { userId: user, queueId: queue }),
    ],
    secure: { attributes: {}, version: 1 },
    custom: new Map(),
  };
}

function ids(count: number, random: Random): string[] {
  return Array.from({ length: count }, () => random.uuid());
}

function move(call: SimConversation, change: number): void {
  call.version += 1;
  for (const { purpose, attributes } of call.participants) if (purpose === 'customer') attributes['mark'] = String(change);
  const agent = call.participants.find(({ purpose }) => purpose === 'agent');
  if (agent !== undefined) Object.assign(agent, { held: change % 2 === 0, recording: change > 1 });
}

function frameOf(
  call: SimConversation,
  { shape, bytes, versionAt }: { shape: 'A' | 'B'; bytes: number; versionAt: VersionAt },
  draw: Draw,
): Buffer {
  const [user, plain] = [call.participants.at(-1)?.userId ?? '', shape === 'A' ? bodyA(call) : bodyB(call)];
  const body = shuffled(padded(plain, bytes - plainBytes[shape]), draw).slice(1, -1);
  const version = `"version":${call.version}`;
  const members = versionAt === 'absent' ? [body] : versionAt === 'first' ? [version, body] : [body, version];
  const frame = [
    `"topicName":"v2.users.${user}.conversations${shape === 'A' ? '' : '.calls'}"`,
    '"version":"2"',
    `"metadata":{"CorrelationId":"c0000000-0000-4000-a000-${String(draw()).padStart(12, '0')}"}`,
    `"eventBody":{${members.join(',')}}`,
  ];
  return Buffer.from(`{${mixed(frame, draw).join(',')}}`);
}

/** What frames of the two shapes have without padding, in bytes. */
const plainBytes = { A: 2_500, B: 2_900 };

/** With keys in each participant that nobody here asks for, as the platform has many; together so many bytes. */
function padded(body: Record<string, unknown>, bytes: number): Record<string, unknown> {
  const participants = body['participants'] as Record<string, unknown>[];
  const each = Math.max(0, Math.floor(bytes / participants.length / 190));
  const extra = Object.fromEntries(
    Array.from({ length: each }, (_, index) => [
      `unasked${index}`,
      {
        id: `10000000-0000-4000-a000-00000000000${index % 10}`,
        selfUri: `/api/v2/things/${index}`,
        flags: [true, false, null],
        weight: 1.5,
      },
    ]),
  );
  const rest = Math.max(0, Math.floor(bytes / participants.length) - JSON.stringify(extra).length);
  return { ...body, participants: participants.map((participant) => ({ ...participant, ...extra, uuiData: 'u'.repeat(rest) })) };
}

/** As JSON, with the keys of each object in some other order. */
function shuffled(value: unknown, draw: Draw): string {
  if (Array.isArray(value)) return `[${value.map((each) => shuffled(each, draw)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members: string[] = [];
  for (const [key, each] of Object.entries(value)) if (each !== undefined) members.push(`"${key}":${shuffled(each, draw)}`);
  return `{${mixed(members, draw).join(',')}}`;
}

function mixed(texts: string[], draw: Draw): string[] {
  for (let last = texts.length - 1; last > 0; last -= 1) {
    const other = draw() % (last + 1);
    const [a = '', b = ''] = [texts[last], texts[other]];
    [texts[last], texts[other]] = [b, a];
  }
  return texts;
}

/** The next of some whole numbers that look drawn. */
type Draw = () => number;

/** Numerical Recipes' generator: a feed draws millions, for which the simulator's would take minutes. */
function drawing(seed: number): Draw {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}
