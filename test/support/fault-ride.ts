import type { Clock } from '../../src/base/clock.js';
import type { Daemon } from '../../src/daemon.js';
import { auditingLog } from '../../src/demo/auditing-log.js';
import { Auditor } from '../../src/demo/auditor.js';
import type { Log } from '../../src/observe/log.js';
import type { Call } from '../../src/simulator/calls/call.js';
import { Random } from '../../src/simulator/random.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { FaultProxy } from './fault-proxy.js';
import { customerAttributes, makeDaemon, openSimulator, queuedCall } from './house.js';
import { RecordingLog } from './recording-log.js';

/** What fails, and how badly; bytes and times are of the ride's clock. */
export const faults = {
  cut: undefined,
  stall: { kind: 'stall' },
  'half-open': { kind: 'half-open' },
  slow: { kind: 'slow', bytesPerSecond: 400 },
  // so many that hardly any answer gets through in a form that could be taken for one
  corrupt: { kind: 'corrupt', after: 2_000, every: 40 },
  delay: { kind: 'delay', ms: 3_000 },
} as const;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];

/** What the daemon is doing when it begins. */
export const states = ['idle', 'burst', 'write in flight'] as const;
export type StateName = (typeof states)[number];

/** Between two steps of a burst, in ms: a bump or a wish. */
const step = 250;

/** It must have converged so long after the fault, in ms: silence, then a back-off and a request of full length, twice. */
const patience = 150_000;

export interface RideOptions {
  fault: FaultName;
  state: StateName;
  seed: number;
  clock: Clock;
  /** How many times faster than real time the clock runs. */
  speed: number;
  /** How long the fault lasts, in ms of the clock. */
  lasts: number;
}

/** How a ride ended. Times are ms of the clock from the end of the fault; for one that was not reached it is `Infinity`. */
export interface Ride {
  /** Until events were heard again and it was ready. */
  connectedMs: number;
  /** Until everything that was wished was on the platform. */
  convergedMs: number;
  /** What must not be; empty if all is well. */
  problems: string[];
}

/** A daemon before a simulator with a bad network between them: one fault, and what came of it. The seed draws all but the machine's timing. */
export async function ride(options: RideOptions): Promise<Ride> {
  const { clock, seed, speed } = options;
  const random = new Random(seed);
  const usual = { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150] } as const;
  const simulator = await openSimulator({ faults: usual }, seed, clock);
  const proxy = new FaultProxy({ target: simulator.url, clock, random: random.fork(1) });
  await proxy.open();
  const auditor = new Auditor();
  const log = new RecordingLog();
  const { daemon } = makeDaemon(
    simulator,
    { genesys: { apiUrl: proxy.url, loginUrl: proxy.url, requestTimeout: `${Math.round(16_000 / speed)}ms` }, stop: { drain: '0ms' } },
    log,
    undefined,
    {
      clock,
      log: both(log, auditingLog(auditor)),
      random: draws(random.fork(2)),
      onSignal: (signal) => {
        if (signal.kind === 'event') auditor.told(String(signal.event.eventBody['id']), signal.event.eventBody['version']);
      },
    },
  );
  try {
    await daemon.start();
    return await new Rider({ ...options, random: random.fork(3), simulator, proxy, daemon, log, auditor }).run();
  } finally {
    await daemon.stop();
    await proxy.close();
    await simulator.close();
  }
}

interface RiderDeps extends RideOptions {
  random: Random;
  simulator: Simulator;
  proxy: FaultProxy;
  daemon: Daemon;
  log: RecordingLog;
  auditor: Auditor;
}

class Rider {
  readonly #deps: RiderDeps;
  readonly #calls: Call[];
  /** A call that nobody wishes anything for. */
  readonly #witness: Call;
  readonly #wanted = new Map<Call, Record<string, string>>();
  #wishes = 0;
  readonly #problems: string[] = [];

  constructor(deps: RiderDeps) {
    this.#deps = deps;
    this.#calls = [0, 1, 2].map((customer) => queuedCall(deps.simulator, customer));
    this.#witness = queuedCall(deps.simulator, 3);
  }

  async run(): Promise<Ride> {
    const { state, clock, daemon, log, lasts, random } = this.#deps;
    const all = [...this.#calls, this.#witness];
    await this.#until(() => all.every((call) => this.#isHeard(call, 1)), patience);
    for (const call of all) Object.assign(customerAttributes(call), { flow: 'keeps this' });
    if (state === 'burst') await this.#burst(1_000);
    if (state === 'write in flight') {
      await this.#wish(this.#calls[0]);
      await this.#until(() => log.of('write.sent').length > 0, patience);
      // the request is somewhere on its way, or its answer
      await this.#pause(random.between([0, 150]));
    }
    this.#begin();
    if (state === 'burst') await this.#burst(lasts);
    else {
      await this.#pause(lasts / 2);
      if (state === 'write in flight') await this.#wish(this.#calls[0]);
      await this.#pause(lasts / 2);
    }
    this.#end();
    const ended = clock.now();
    if (state === 'idle') for (const call of this.#calls) await this.#wish(call);
    const since = (this.#witness.conversation?.version ?? 0) + 1;
    const witness = this.#watch(() => this.#isHeard(this.#witness, since) && daemon.notReady().length === 0);
    const values = this.#watch(() => this.#isHome() && daemon.writer.pending === 0);
    await this.#until(() => {
      if (witness() === undefined) this.#bumpWitness();
      return [witness(), values()].every((reached) => reached !== undefined);
    }, patience);
    this.#judge();
    return { connectedMs: (witness() ?? Infinity) - ended, convergedMs: (values() ?? Infinity) - ended, problems: this.#problems };
  }

  #begin(): void {
    const { fault, proxy, random } = this.#deps;
    if (fault === 'cut') proxy.cut(random.pick(['reset', 'end']));
    else proxy.set(faults[fault], fault === 'corrupt' ? 'down' : 'both');
  }

  #end(): void {
    const { fault, proxy, random } = this.#deps;
    if (fault === 'cut') proxy.cut(random.pick(['reset', 'end']));
    else proxy.set(undefined);
  }

  async #burst(ms: number): Promise<void> {
    const { clock, random } = this.#deps;
    const end = clock.now() + ms;
    while (clock.now() < end) {
      const call = random.pick(this.#calls);
      if (random.chance(0.5)) call.bump();
      else await this.#wish(call);
      await this.#pause(step);
    }
  }

  async #wish(call: Call | undefined): Promise<void> {
    if (call === undefined) return;
    this.#wishes += 1;
    const attributes = { [`key${this.#deps.random.int([0, 3])}`]: String(this.#wishes) };
    const response = await fetch(`http://${this.#deps.daemon.address ?? ''}/conversations/${call.id}/participants/@customer/attributes`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ attributes }),
    });
    if (response.status !== 202) this.#problems.push(`a wish was answered with status ${response.status}: ${await response.text()}`);
    else this.#wanted.set(call, { ...this.#wanted.get(call), ...attributes });
    await response.text();
  }

  #lastBump = -Infinity;
  #bumpWitness(): void {
    const now = this.#deps.clock.now();
    if (now - this.#lastBump < step) return;
    this.#lastBump = now;
    this.#witness.bump();
  }

  #isHeard(call: Call, version: number): boolean {
    return (this.#deps.daemon.registry.get(call.id)?.snapshot.version ?? 0) >= version;
  }

  #isHome(): boolean {
    return [...this.#wanted].every(([call, attributes]) => {
      const there = customerAttributes(call);
      return Object.entries(attributes).every(([key, value]) => there[key] === value);
    });
  }

  #judge(): void {
    const { simulator, daemon, log, auditor } = this.#deps;
    for (const [call, attributes] of this.#wanted) {
      const there = customerAttributes(call);
      for (const [key, value] of Object.entries({ ...attributes, flow: 'keeps this' }))
        if (there[key] !== value) this.#problems.push(`${key} is ${there[key] ?? 'not there'} instead of ${value} on ${call.id}`);
    }
    const wrong = (count: number, what: string): void => {
      if (count > 0) this.#problems.push(`${count} ${what}`);
    };
    wrong(simulator.ledger.overlaps, 'times two writes in flight on one participant');
    wrong(auditor.knownStale, 'writes with an ETag that was known to be stale');
    wrong(daemon.outbox.counts.dead, `wishes given up: ${JSON.stringify(log.of('intent.dead'))}`);
    for (const reason of daemon.notReady()) this.#problems.push(`not ready: ${reason}`);
  }

  /** When a condition was first seen to hold (clock's ms), as often as one asks. */
  #watch(condition: () => boolean): () => number | undefined {
    let at: number | undefined;
    return () => {
      if (at === undefined && condition()) at = this.#deps.clock.now();
      return at;
    };
  }

  async #until(condition: () => boolean, limit: number): Promise<void> {
    const { clock } = this.#deps;
    for (const end = clock.now() + limit; !condition() && clock.now() < end;) await this.#pause(20);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#deps.clock.after(ms, resolve));
  }
}

function draws(random: Random): () => number {
  return () => random.next();
}

/** A log that writes to two. */
function both(one: Log, other: Log): Log {
  const write =
    (level: 'error' | 'warn' | 'info' | 'debug'): Log['info'] =>
    (event, message, fields) => {
      one[level](event, message, fields);
      other[level](event, message, fields);
    };
  return {
    values: one.values,
    dropped: 0,
    configure: (settings) => {
      one.configure(settings);
      other.configure(settings);
    },
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    close: () => one.close(),
  };
}
