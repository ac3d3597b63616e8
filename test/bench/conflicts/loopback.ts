import { setTimeout as pause } from 'node:timers/promises';
import { makeDaemon, openSimulator, queuedCall } from '../../support/house.js';
import { CountingLog } from '../../support/counting-log.js';
import { cells, processOf } from './cells.js';
import { DaemonUnderTest } from './daemon.js';
import type { Result } from './peers.js';
import { Tally, type Figures } from './tally.js';
import { world, within, type World } from './world.js';
import { oracle } from './oracle.js';

/** Calls at once, and how many bumps a second all of them may come to: the server, the daemon and the calls share two cores. */
const mostCalls = 150;
const mostBumps = 500;

/** How old a call is when its wish may come, in ms: short, as this is real time. */
const age = [8_000, 16_000] as const;

type Policy = 'adaptive' | 'immediate';

/** The same calls on the virtual clock, and on a simulator and a daemon over real loopback sockets. */
export async function runLoopback(name: string, policy: Policy): Promise<{ virtual: Figures; loopback: Figures; calls: number }> {
  const cell = cells[name] ?? [];
  const few = Array.from({ length: mostCalls }, (_, index) => world(index + 1, processOf(cell, index + 1), { age }));
  const rate = few.reduce((sum, { bumps }) => sum + bumps.length / (Number(bumps.at(-1)) / 1000 || 1), 0) / few.length;
  const worlds = few.slice(0, Math.min(mostCalls, Math.ceil(mostBumps / Math.max(1, rate))));
  const [virtual, loopback] = [new Tally(), new Tally()];
  const daemon = new DaemonUnderTest(policy);
  for (const each of worlds) virtual.add(await daemon.meet(each), oracle(each));
  const results = await onSockets(worlds, policy);
  for (const [index, result] of results.entries()) {
    const each = worlds[index];
    if (each !== undefined) loopback.add(result, oracle(each));
  }
  return { virtual: virtual.figures(), loopback: loopback.figures(), calls: worlds.length };
}

async function onSockets(worlds: readonly World[], policy: Policy): Promise<Result[]> {
  const simulator = await openSimulator({
    perMinute: 1_000_000,
    faults: { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150] },
  });
  const sections = { write: { policy }, http: { listen: 'off' } };
  const { daemon } = makeDaemon(simulator, sections, undefined, undefined, { log: new CountingLog() });
  await daemon.start();
  try {
    return await Promise.all(worlds.map((each) => live(each)));
  } finally {
    await daemon.stop();
    await simulator.close();
  }

  /** One call in real time: it is moved as in its world, and wished for when the daemon hears of that bump. */
  async function live({ seed, bumps, events, wishedAt }: World): Promise<Result> {
    const call = queuedCall(simulator, seed);
    const { conversation } = call;
    if (conversation === undefined) throw new Error('the call did not start');
    const began = performance.now();
    const first = conversation.version;
    const from = events.find(({ at }) => at === wishedAt)?.version ?? 1;
    const result: Result = { tookMs: undefined, requests: 0 };
    const home = new AbortController();
    let wished: number | undefined;
    const forget = simulator.world.listen((changed, change) => {
      if (changed !== conversation || change.kind !== 'attributes' || wished === undefined) return;
      result.tookMs = performance.now() - wished;
      home.abort();
    });
    const heard = daemon.registry.changes.subscribe(({ snapshot }) => {
      if (snapshot.id !== call.id || wished !== undefined || (snapshot.version ?? 0) < first + from - 1) return;
      wished = performance.now();
      void wish(call.id);
    });
    const until = wishedAt + within;
    for (const at of bumps) {
      if (at > until || home.signal.aborted) break;
      await pause(Math.max(0, began + at - performance.now()), undefined, { signal: home.signal }).catch(() => undefined);
      call.bump();
    }
    await pause(Math.max(0, began + until - performance.now()), undefined, { signal: home.signal }).catch(() => undefined);
    heard.unsubscribe();
    forget();
    result.requests = simulator.ledger.writes.filter(({ conversationId }) => conversationId === call.id).length;
    return result;
  }

  async function wish(conversationId: string): Promise<void> {
    const attributes = { tier: 'gold' };
    const intent = await daemon.outbox.accept({ conversationId, participant: { purpose: 'customer' }, attributes });
    if (intent !== undefined) daemon.writer.submit({ ...intent, attributes });
  }
}

// as a process of its own: `loopback.ts NAME POLICY`
const [, , cell, chosen] = process.argv;
if (process.send !== undefined && cell !== undefined)
  process.send(await runLoopback(cell, chosen === 'immediate' ? 'immediate' : 'adaptive'));
