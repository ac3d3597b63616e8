import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../../src/simulator/random.js';
import { CountingLog } from '../../support/counting-log.js';
import { makeDaemon, openSimulator, queuedCall } from '../../support/house.js';
import { asked, tell } from '../forked.js';
import { cells, processOf } from './cells.js';
import { world, type World } from './world.js';

/** Calls at once, and how many bumps a second all of them may come to: the server, the daemon and the calls share a core. */
const mostCalls = 500;
const mostBumps = 300;

/** How long all calls live (so that all cells take five minutes), and how old they are when the first wish may come, in ms. */
const life = 45_000;
const youngest = 10_000;

/** From then on one event of each stretch of so many ms brings a wish, whichever, as with one update of a call on the virtual clock. */
const stretch = 10_000;
const stretches = 3;

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
}

/** Calls of a cell in real time, on a simulator and a daemon over real loopback sockets. */
async function onSockets({ name }: SocketsTask): Promise<OnSockets> {
  const cell = cells[name] ?? [];
  const all = Array.from({ length: mostCalls }, (_, index) => world(index + 1, processOf(cell, index + 1), { age: [life, life] }));
  const rate = all.reduce((sum, { bumps }) => sum + bumps.filter((at) => at < life).length, 0) / (all.length * (life / 1000));
  const worlds = all.slice(0, Math.ceil(mostBumps / rate));
  const simulator = await openSimulator({
    perMinute: 1_000_000,
    faults: { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150] },
  });
  const sections = { write: { policy: 'adaptive' }, http: { listen: 'off' } };
  const { daemon } = makeDaemon(simulator, sections, undefined, undefined, { log: new CountingLog() });
  await daemon.start();
  const took: number[] = [];
  let updates = 0;
  try {
    await Promise.all(worlds.map((each) => live(each)));
  } finally {
    await daemon.stop();
    await simulator.close();
  }
  const meanMs = took.reduce((sum, ms) => sum + ms, 0) / took.length;
  const variance = took.reduce((sum, ms) => sum + (ms - meanMs) ** 2, 0) / took.length;
  const error = (1.96 * Math.sqrt(variance / took.length)) / meanMs;
  return { updates, home: took.length, meanMs, error, requests: simulator.ledger.writes.length };

  /** One call: it is moved as in its world, and wished for with some of its events. */
  async function live({ seed, bumps }: World): Promise<void> {
    const call = queuedCall(simulator, seed);
    const random = new Random(seed).fork(30);
    const began = performance.now();
    const chosen = new Set<number>();
    for (let from = youngest; from < youngest + stretches * stretch; from += stretch) {
      const within = bumps.filter((at) => at >= from && at < from + stretch);
      if (within.length > 0) chosen.add(random.pick(within));
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
      if (chosen.has(at)) due = call.conversation?.version ?? Infinity;
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

tell(await onSockets(asked() as SocketsTask));
