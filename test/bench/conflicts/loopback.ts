import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../../src/simulator/random.js';
import type { LogEventName } from '../../../src/observe/log-events.js';
import type { LogFields } from '../../../src/observe/log-level.js';
import { CountingLog } from '../../support/counting-log.js';
import { makeDaemon, openSimulator, queuedCall } from '../../support/house.js';
import { asked, tell } from '../forked.js';
import { cells, processOf } from './cells.js';
import { eventDelay, newer, oneWay, world, type OwnTime, type Process, type World } from './world.js';

/** Calls at once, and how many bumps a second all of them may come to: the server, the daemon and the calls share a core. */
const mostCalls = 500;
const mostBumps = 600;

/** How long all calls live, and how old they are when the first wish may come, in ms. */
const life = 45_000;
const youngest = 10_000;

/**
 * From then on one event of each stretch of so many ms brings a wish, whichever, as with one update of a call on the virtual clock.
 * Where single events come between bursts there is one stretch, as there: in short ones they would be picked more often than their
 * share of the events.
 */
const stretchOf = ({ perSecond, burst }: Process): number => (perSecond > 0 && burst !== undefined ? life - youngest : 5_000);

/** After a first time, in which it is learnt when to write, calls live and end until there were so many updates, but no more often than that. */
const enough = 700;
const mostRounds = 6;

/** Which cell. */
export interface SocketsTask {
  name: string;
}

/**
 * What came of the updates: how many, how many were home when the calls ended, and of those the mean time in ms, and half of its
 * 95 % confidence interval as a share of it; and all requests.
 */
export interface OnSockets {
  updates: number;
  home: number;
  meanMs: number;
  error: number;
  requests: number;
  own: OwnTime;
}

/** Calls of a cell in real time, on a simulator and a daemon over real loopback sockets. */
async function onSockets({ name }: SocketsTask): Promise<OnSockets> {
  const cell = cells[name] ?? [];
  const worldsFrom = (first: number, count: number): World[] =>
    Array.from({ length: count }, (_, index) => world(first + index, processOf(cell, first + index), { age: [life, life] }));
  const all = worldsFrom(1, mostCalls);
  const rate = all.reduce((sum, { bumps }) => sum + bumps.filter((at) => at < life).length, 0) / (all.length * (life / 1000));
  const atOnce = Math.min(mostCalls, Math.ceil(mostBumps / rate));
  const simulator = await openSimulator({
    perMinute: 1_000_000,
    faults: { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150], order: 'none' },
  });
  const sections = { write: { policy: 'adaptive' }, http: { listen: 'off' } };
  /** When each write of a call went to the wire, by `performance.now`. */
  const sent = new Map<string, number[]>();
  const log = Object.assign(new CountingLog(), {
    debug: (event: LogEventName, _: string, fields: LogFields | (() => LogFields) = {}) => {
      if (event !== 'write.sent') return;
      const { conversationId } = typeof fields === 'function' ? fields() : fields;
      sent.set(String(conversationId), [...(sent.get(String(conversationId)) ?? []), performance.now()]);
    },
  });
  const { daemon } = makeDaemon(simulator, sections, undefined, undefined, { log });
  await daemon.start();
  /** When each version of a call was made, and how long its events took. */
  const bumped = new Map<string, number>();
  const delays: number[] = [];
  daemon.notifications.signals.subscribe((signal) => {
    if (signal.kind !== 'event') return;
    const { id, version } = signal.event.eventBody;
    const at = bumped.get(`${String(id)} ${String(version)}`);
    if (at !== undefined) delays.push(performance.now() - at);
  });
  const took: number[] = [];
  let updates = 0;
  let learning = 0;
  try {
    for (let round = 0; round <= mostRounds && updates < enough; round += 1) {
      await Promise.all(worldsFrom(1 + round * atOnce, atOnce).map((each) => live(each)));
      if (round > 0) continue;
      took.length = 0;
      updates = 0;
      learning = simulator.ledger.writes.length;
    }
  } finally {
    await daemon.stop();
    await simulator.close();
  }
  const meanMs = meanOf(took);
  const variance = took.reduce((sum, ms) => sum + (ms - meanMs) ** 2, 0) / took.length;
  const error = (1.96 * Math.sqrt(variance / took.length)) / meanMs;
  const ups = simulator.ledger.writes.map(({ conversationId, at }) => at - (sent.get(conversationId)?.shift() ?? NaN));
  const own = { event: meanOf(delays) - meanDelay(), up: meanOf(ups) - (oneWay[0] + oneWay[1]) / 2 };
  return { updates, home: took.length, meanMs, error, requests: simulator.ledger.writes.length - learning, own };

  /** One call: it is moved as in its world, and wished for with some of its events. */
  async function live({ seed, bumps, events }: World): Promise<void> {
    const call = queuedCall(simulator, seed);
    const random = new Random(seed).fork(30);
    const began = performance.now();
    const chosen = new Set<number>();
    const stretch = stretchOf(processOf(cell, seed));
    for (let from = youngest; from < life; from += stretch) {
      // of those that tell something new by the model, as there: in bursts many are overtaken
      const within = newer(events).filter(({ at, version }) => version > 1 && at >= from && at < from + stretch);
      if (within.length > 0) chosen.add(bumps[random.pick(within).version - 2] ?? NaN);
    }
    /** The version whose event is to bring a wish. */
    let due = Infinity;
    let wished: { at: number; value: string } | undefined;
    const forget = simulator.world.listen((changed, change) => {
      if (changed.id !== call.id || change.kind !== 'attributes' || change.attributes['tier'] !== wished?.value || wished === undefined)
        return;
      took.push(performance.now() - wished.at);
      wished = undefined;
    });
    const heard = daemon.registry.changes.subscribe(({ snapshot, event }) => {
      if (snapshot.id !== call.id || event === undefined || wished !== undefined || (snapshot.version ?? 0) < due) return;
      due = Infinity;
      wished = { at: performance.now(), value: String((updates += 1)) };
      void wish(call.id, wished.value);
    });
    for (const at of bumps) {
      if (at > life) break;
      await pause(Math.max(0, began + at - performance.now()));
      call.bump();
      const { version = Infinity } = call.conversation ?? {};
      bumped.set(`${call.id} ${version}`, performance.now());
      if (chosen.has(at)) due = version;
    }
    await pause(Math.max(0, began + life - performance.now()));
    heard.unsubscribe();
    forget();
  }

  async function wish(conversationId: string, tier: string): Promise<void> {
    const intent = await daemon.outbox.accept({ conversationId, participant: { purpose: 'customer' }, attributes: { tier } });
    if (intent !== undefined) daemon.writer.submit({ ...intent, attributes: { tier } });
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What an event takes by the model on average, in ms. */
function meanDelay(): number {
  const random = new Random(1);
  return meanOf(Array.from({ length: 100_000 }, () => eventDelay(random)));
}

tell(await onSockets(asked() as SocketsTask));
