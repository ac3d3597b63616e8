import http from 'node:http';
import type { Clock } from '../../src/base/clock.js';
import type { Daemon } from '../../src/daemon.js';
import { LmdbStore } from '../../src/intent/store/lmdb-store.js';
import type { Call } from '../../src/simulator/calls/call.js';
import { Random } from '../../src/simulator/random.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { CountingLog } from './counting-log.js';
import { FaultProxy } from './fault-proxy.js';
import { faultNames, faults, type FaultName } from './fault-ride.js';
import { customerAttributes, makeDaemon, openSimulator } from './house.js';
import { takeStock, type Resources } from './resources.js';

/** What came of a soak. */
export interface Report {
  /** At rest after the warm-up, at rest at the end, and how much more the end may have. */
  before: Resources;
  after: Resources;
  allowed: Resources;
  problems: string[];
  /** Figures of the run, for people. */
  told: string[];
}

/**
 * The heap is never the same twice: compiled code, pools, prom-client's and lmdb's own. Half a thousand calls that were
 * not forgotten, or two thousand intents, would take more (measured).
 */
const allowed: Resources = { heap: 4 * 1024 * 1024, handles: 0, timers: 1, listeners: 0 };

/** Calls that have ended stay on the platform for so long, in ms: late writes and reads find them. */
const keepEnded = 30_000;

/** At rest everything must be home, and forgotten, within this time, in ms. */
const patience = 120_000;

/** A real daemon on LMDB, a simulator with many short calls, and a bad network between them. */
export class Soak {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #simulator: Simulator;
  readonly #proxy: FaultProxy;
  /** Before the CRM, to see and end its connections. */
  readonly #crm: FaultProxy;
  readonly #daemon: Daemon;
  readonly #store: LmdbStore;
  readonly #log: CountingLog;
  /** What is wished for the calls that live. */
  readonly #wanted = new Map<Call, Record<string, string>>();
  readonly #problems: string[];
  readonly #counts = { wishes: 0, faults: 0, calls: 0 };
  readonly #onWarning = (warning: Error): void => {
    this.#problems.push(`a warning of Node: ${warning.message}`);
  };

  static async open({ clock, seed, folder }: { clock: Clock; seed: number; folder: string }): Promise<Soak> {
    const random = new Random(seed);
    // a bounded number, as an endless one would keep ended calls for ten minutes
    const calls = { perMinute: 60, most: 1_000_000, talkMs: [3_000, 10_000], declined: 0.1 } as const;
    const scenario = { calls, perMinute: 100_000, faults: { latencyUp: [5, 30], latencyDown: [5, 30], eventDelay: [5, 60] } } as const;
    const simulator = await openSimulator(scenario, seed, clock);
    const proxy = new FaultProxy({ target: simulator.url, clock, random: random.fork(1) });
    await proxy.open();
    const crm = new FaultProxy({ target: simulator.crmUrl, clock, random: random.fork(3) });
    await crm.open();
    const store = await LmdbStore.open(folder);
    const deaths: string[] = [];
    const log = new CountingLog((fields) => deaths.push(`a wish was given up: ${JSON.stringify(fields)}`));
    const rules = [
      { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } },
      { name: 'agents', when: 'conversation.updated', set: { agents: "$string($count(conversation.participants[purpose = 'agent']))" } },
      { name: 'tier', when: 'conversation.started', lookup: 'crm', set: { crm: 'lookup.id' } },
    ];
    const { daemon } = makeDaemon(
      simulator,
      {
        genesys: { apiUrl: proxy.url, loginUrl: proxy.url, requestTimeout: '4s', budget: { perMinute: 100_000 } },
        notifications: { silenceTimeout: '6s' },
        conversations: { forgetAfter: '10s' },
        lookups: { crm: { url: `${crm.url}/customers?phone={ani}` } },
        outbox: { keepFinished: '10s' },
        stop: { drain: '0ms' },
        rules,
      },
      undefined,
      store,
      { clock, log, journalEntries: 1_000 },
    );
    await daemon.start();
    return new Soak({ clock, random: random.fork(2), simulator, proxy, crm, daemon, store, log, problems: deaths });
  }

  private constructor(parts: {
    clock: Clock;
    random: Random;
    simulator: Simulator;
    proxy: FaultProxy;
    crm: FaultProxy;
    daemon: Daemon;
    store: LmdbStore;
    log: CountingLog;
    problems: string[];
  }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#simulator = parts.simulator;
    this.#proxy = parts.proxy;
    this.#crm = parts.crm;
    this.#daemon = parts.daemon;
    this.#store = parts.store;
    this.#log = parts.log;
    this.#problems = parts.problems;
  }

  async run(warmUp: number, lasts: number): Promise<Report> {
    process.on('warning', this.#onWarning);
    await this.#live(warmUp, [...faultNames, 'away']);
    await this.#rest();
    const before = await takeStock();
    Object.assign(this.#counts, { wishes: 0, faults: 0, calls: 0 });
    this.#log.counts.clear();
    await this.#live(lasts, []);
    await this.#rest();
    const after = await takeStock();
    const { wishes, faults: failures, calls } = this.#counts;
    const told = [
      `${calls} calls, ${wishes} wishes, ${failures} faults, ${this.#log.count('channel.lost')} connections lost`,
      `${this.#log.count('write.sent')} writes, ${this.#log.count('write.conflict')} conflicts, ${this.#log.count('write.failed')} failed, ${this.#log.count('intent.dead')} dead letters`,
    ];
    return { before, after, allowed, problems: this.#problems, told };
  }

  async close(): Promise<void> {
    process.off('warning', this.#onWarning);
    await this.#daemon.stop();
    await this.#store.close();
    await this.#proxy.close();
    await this.#crm.close();
    await this.#simulator.close();
  }

  /** Calls, wishes and faults: first those that are named, then drawn ones. */
  async #live(ms: number, first: readonly (FaultName | 'away')[]): Promise<void> {
    const end = this.#clock.now() + ms;
    this.#simulator.engine.start();
    const queue = [...first];
    const trouble = async (): Promise<void> => {
      while (this.#clock.now() < end) {
        await this.#pause(this.#random.between([2_000, 6_000]));
        await this.#fail(queue.shift() ?? this.#random.pick([...faultNames, 'away'] as const));
      }
    };
    const wishing = async (): Promise<void> => {
      while (this.#clock.now() < end) {
        await this.#pause(this.#random.between([50, 350]));
        await this.#wish();
        this.#prune(keepEnded);
      }
    };
    await Promise.all([trouble(), wishing()]);
  }

  async #fail(fault: FaultName | 'away'): Promise<void> {
    this.#counts.faults += 1;
    if (fault === 'cut') {
      this.#proxy.cut(this.#random.pick(['reset', 'end']));
      return;
    }
    if (fault === 'away') await this.#proxy.away();
    else this.#proxy.set(faults[fault], fault === 'corrupt' ? 'down' : 'both');
    await this.#pause(this.#random.between([500, 6_000]));
    if (fault === 'away') await this.#proxy.back();
    else this.#proxy.set(undefined);
  }

  async #wish(): Promise<void> {
    const { engine } = this.#simulator;
    const known = engine.calls.filter(
      ({ id, conversation }) => conversation?.endTime === undefined && this.#daemon.registry.get(id) !== undefined,
    );
    if (known.length === 0) return;
    const call = this.#random.pick(known);
    this.#counts.wishes += 1;
    const attributes = { [`key${this.#random.int([0, 3])}`]: String(this.#counts.wishes) };
    const status = await put(`http://${this.#daemon.address ?? ''}/conversations/${call.id}/participants/@customer/attributes`, {
      attributes,
    });
    if (status === 202) this.#wanted.set(call, { ...this.#wanted.get(call), ...attributes });
    else this.#problems.push(`a wish was answered with status ${status}`);
  }

  /** Ends all calls, and waits until nothing is left to do and nothing is remembered. */
  async #rest(): Promise<void> {
    const { engine, sockets, ledger } = this.#simulator;
    engine.stop();
    await this.#until('the network is good again', () => this.#daemon.notReady().length === 0);
    for (const call of engine.calls) {
      call.perform({ do: 'hang-up' });
      call.perform({ do: 'wrap-up' });
    }
    const { writer, registry, outbox } = this.#daemon;
    await this.#until('all wishes are home', () => writer.pending + writer.unconfirmed === 0);
    for (const [call, attributes] of this.#wanted) {
      const there = customerAttributes(call);
      for (const [key, value] of Object.entries(attributes))
        if (there[key] !== value) this.#problems.push(`${key} is ${there[key] ?? 'not there'} instead of ${value} on ${call.id}`);
    }
    this.#wanted.clear();
    // a call whose end was not heard is not forgotten: its last event is told again
    for (const call of engine.calls) call.bump();
    // dead letters stay, and are told as a problem
    await this.#until('all is forgotten', () => registry.size === 0 && outbox.size === outbox.counts.dead);
    this.#prune(0);
    ledger.writes.length = 0;
    // connections that are kept for the next request come and go: all are new, and as many as there must be
    this.#proxy.cut('end');
    this.#crm.cut('end');
    const connections = (): number => this.#proxy.live + this.#crm.live;
    await this.#until('it is connected anew', () => connections() === 2 && this.#daemon.notReady().length === 0);
    if (ledger.overlaps > 0) this.#problems.push(`${ledger.overlaps} times two writes in flight on one participant`);
    if (sockets.sent === 0) this.#problems.push('no frame was ever sent');
  }

  /** Takes calls from the platform that ended so long ago, in ms. */
  #prune(after: number): void {
    const { engine, world, ledger } = this.#simulator;
    const before = this.#clock.wall() - after;
    for (const call of [...engine.calls]) {
      const { conversation } = call;
      if (conversation?.endTime === undefined || Date.parse(conversation.endTime) > before) continue;
      world.conversations.delete(call.id);
      engine.calls.splice(engine.calls.indexOf(call), 1);
      this.#counts.calls += 1;
    }
    if (ledger.writes.length > 1_000) ledger.writes.length = 0;
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    const end = this.#clock.now() + patience;
    while (!condition()) {
      if (this.#clock.now() > end) {
        const { registry, outbox, writer } = this.#daemon;
        throw new Error(
          `it never came to this: ${what} (${registry.size} calls, ${outbox.size} intents, ${writer.pending} pending, ${this.#proxy.live} connections, ${this.#daemon.notReady().join(', ')}; open: ${JSON.stringify(outbox.open())})`,
        );
      }
      await this.#pause(50);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}

/** Without the pool of `fetch`, which would count as handles and timers. Resolves with the status. */
function put(url: string, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'PUT', agent: false, headers: { 'content-type': 'application/json' } }, (response) => {
      response.resume().once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    request.once('error', reject).end(JSON.stringify(body));
  });
}
