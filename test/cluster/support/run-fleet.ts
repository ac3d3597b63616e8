import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.js';
import { partitionOf } from '../../../src/cluster/partitions.js';
import { Call } from '../../../src/simulator/calls/call.js';
import { Random } from '../../../src/simulator/random.js';
import { simulatorClient, type Simulator } from '../../../src/simulator/simulator.js';
import { inFolder } from '../../config/folder.js';
import { eventually } from '../../support/eventually.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { freePort } from '../../support/free-port.js';
import { openSimulator } from '../../support/house.js';
import { Instance } from './instance.js';
import { fewestMoves, LeaseHistory } from './lease-history.js';
import { keepLogs } from './keep-logs.js';
import { withEngine, type Engine } from './engine.js';
import { Wishes } from './wishes.js';

/** Partitions of every fleet here. */
export const partitions = 64;

/** Calls that are live from the start, and how many more begin a second. */
const callsAtFirst = 60;
const newCallsPerSecond = 2;

/** Wishes and changes of state a second, over all calls. */
const wishesPerSecond = 25;
const changesPerSecond = 10;

/** The platform's side of it: a write takes 60–250 ms, so that some are under way whenever something happens. */
const platform = {
  perMinute: 1_000_000,
  faults: { latencyUp: [30, 125], latencyDown: [30, 125], eventDelay: [20, 150] },
} as const;

/** Something that was done to the fleet. */
export interface Fault {
  /** Wall clock, ms. */
  at: number;
  /** Whose partitions others have to take; nobody: all have to go on. */
  victims: readonly Instance[];
  /** Partitions that they owned. */
  partitions: readonly number[];
}

/** A fleet of real processes that is at work. */
export interface RunningFleet {
  /** How long its leases last, in ms. */
  leaseTtl: number;
  simulator: Simulator;
  engine: Engine;
  instances: readonly Instance[];
  wishes: Wishes;
  history: LeaseHistory;
  calls: readonly Call[];
  faults: readonly Fault[];
  /** Does something to the fleet; a wish for each call comes right after it, through others than the victims. */
  strike: (victims: readonly Instance[], act: () => void | Promise<void>) => Promise<void>;
  /** Resolves when these instances own all partitions, each its share. */
  settled: (among: readonly Instance[]) => Promise<void>;
  rest: (ms: number) => Promise<void>;
}

export interface FleetPlan {
  /** Of the scenario. */
  name: string;
  seed: number;
  instances: number;
  leaseTtl: number;
  /** How many nats-servers are the engine. */
  servers: number;
  /** What is written to; by default `voice`, which has versions. */
  target?: 'voice' | 'attributes';
  /** How many of the instances run from the start; by default all. */
  atFirst?: number;
}

/** What is left of a fleet that has done its work and was stopped. */
export type Ran = Omit<RunningFleet, 'strike' | 'settled' | 'rest'> & {
  /** How long it took from the last wish until everything stood, in ms; undefined: it never did. */
  homeMs: number | undefined;
};

/** How long the last wishes may take until they stand, in ms: far more than they should. */
const patience = 25_000;

/** Runs a fleet, lets `act` do something to it, waits until all is home, and stops it. */
export async function runFleet(plan: FleetPlan, act: (fleet: RunningFleet) => Promise<void>): Promise<Ran> {
  const random = new Random(plan.seed);
  const simulator = await openSimulator({ ...platform, clients: plan.instances, queues: 4 }, plan.seed);
  const proxies: FaultProxy[] = [];
  const instances: Instance[] = [];
  try {
    return await withEngine(plan.servers, async (engine) =>
      inFolder({ secret: simulatorClient.secret }, async (folder) => {
        for (let index = 0; index < plan.instances; index += 1)
          instances.push(await makeInstance({ plan, index, folder, simulator, engine, random: random.fork(index), proxies }));
        try {
          return await work({ plan, random: random.fork(100), simulator, engine, instances }, act);
        } finally {
          for (const instance of instances) await instance.kill();
        }
      }),
    );
  } finally {
    for (const proxy of proxies) await proxy.close();
    await simulator.close();
  }
}

/** What is known of an instance before it is made. */
interface Making {
  plan: FleetPlan;
  index: number;
  folder: string;
  simulator: Simulator;
  engine: Engine;
  random: Random;
  proxies: FaultProxy[];
}

async function makeInstance({ plan, index, folder, simulator, engine, random, proxies }: Making): Promise<Instance> {
  const name = `vm-${index + 1}`;
  const port = await freePort();
  const through = async (target: string): Promise<FaultProxy> => {
    const proxy = new FaultProxy({ target, clock: systemClock, random });
    proxies.push(proxy);
    await proxy.open();
    return proxy;
  };
  const [toPlatform, toEngine] = [await through(simulator.url), await through(engine.url)];
  const client = simulator.clients[index]?.id ?? '';
  // an engine of several servers tells of them all: what goes around a proxy cannot be cut
  const servers = engine.servers.length === 1 ? [`nats://127.0.0.1:${toEngine.port}`] : engine.servers;
  const config = {
    genesys: { apiUrl: toPlatform.url, loginUrl: toPlatform.url, clientId: client, clientSecretFile: 'secret' },
    notifications: { topics: simulator.topics },
    rules: [{ name: 'caller', when: 'conversation.started', set: { caller: 'participant.ani' } }],
    http: { listen: `127.0.0.1:${port}` },
    outbox: { dir: join(folder, name) },
    write: { target: plan.target ?? 'voice' },
    // `write.sent` is told there
    log: { level: 'debug' },
    stop: { drain: '5s' },
    cluster: { nats: { servers }, instance: name, partitions, leaseTtl: `${plan.leaseTtl}ms` },
  };
  return new Instance({ name, folder, config, port, client, platform: toPlatform, engine: toEngine });
}

interface Working {
  plan: FleetPlan;
  random: Random;
  simulator: Simulator;
  engine: Engine;
  instances: readonly Instance[];
}

async function work({ plan, random, simulator, engine, instances }: Working, act: (fleet: RunningFleet) => Promise<void>): Promise<Ran> {
  const { leaseTtl } = plan;
  const history = new LeaseHistory(leaseTtl);
  const wishes = new Wishes({ random: random.fork(1), instances });
  const faults: Fault[] = [];
  const calls: Call[] = [];
  const begin = (): void => {
    const phone = simulator.customers[calls.length % simulator.customers.length]?.phone ?? '';
    const call = new Call(simulator.world, phone, random.fork(1_000 + calls.length));
    call.perform({ do: 'start' });
    call.perform({ do: 'enter-queue', queueId: random.pick(simulator.queues) });
    calls.push(call);
    wishes.add(call);
  };
  const fleet: RunningFleet = {
    ...{ leaseTtl, simulator, engine, instances, wishes, history, calls, faults },
    strike: async (victims, strike) => {
      const owners = history.owners(Date.now());
      const names = victims.map(({ name }) => name);
      const concerned =
        victims.length === 0
          ? Array.from({ length: partitions }, (_, partition) => partition)
          : [...owners].filter(([, owner]) => names.includes(owner)).map(([partition]) => partition);
      const at = Date.now();
      await strike();
      faults.push({ at, victims, partitions: concerned });
      wishes.burst(victims);
    },
    settled: (among) =>
      eventually(
        `${among.map(({ name }) => name).join(', ')} share the partitions`,
        () => {
          const owners = history.owners(Date.now());
          const names = among.map(({ name }) => name);
          return owners.size === partitions && fewestMoves(owners, names, partitions) === 0;
        },
        { within: 60_000, every: 50 },
      ),
    rest: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
  const stopWatch = await engine.watchLeases((entry, at) => {
    history.see(entry, at);
  });
  const timers: NodeJS.Timeout[] = [];
  try {
    const atFirst = instances.slice(0, plan.atFirst);
    await Promise.all(atFirst.map((instance) => instance.start()));
    await fleet.settled(atFirst);
    for (let call = 0; call < callsAtFirst; call += 1) begin();
    wishes.start(wishesPerSecond);
    const often = (perSecond: number, run: () => void): number => timers.push(setInterval(run, 1_000 / perSecond));
    often(newCallsPerSecond, begin);
    often(changesPerSecond, () => {
      random.pick(calls).bump();
    });
    await fleet.rest(1_500);
    await act(fleet);
    await fleet.rest(1_000);
    for (const timer of timers) clearInterval(timer);
    await wishes.stop();
    const stopped = performance.now();
    const home = await eventually('all is home', () => wrong(wishes, calls).length === 0, { within: patience, every: 50 }).then(
      () => true,
      () => false,
    );
    const homeMs = home ? performance.now() - stopped : undefined;
    await Promise.all(instances.map((instance) => instance.stop()));
    return { leaseTtl, simulator, engine, instances, wishes, history, calls, faults, homeMs };
  } finally {
    for (const timer of timers) clearInterval(timer);
    await wishes.stop();
    await stopWatch();
    keepLogs(plan.name, fleet);
  }
}

/** Keys of calls that do not have the value that they should have, and what they have instead. */
export function wrong(
  wishes: Wishes,
  calls: readonly Call[],
): { call: string; key: string; wanted: string; has: string | undefined; wishes: number }[] {
  const rules = calls.map((call) => ({ call, key: 'caller', value: call.ani, wishes: 1 }));
  return [...wishes.wanted(), ...rules]
    .map(({ call, key, value, wishes: count }) => ({ call: call.id, key, wanted: value, has: attributeOf(call, key), wishes: count }))
    .filter(({ wanted, has }) => wanted !== has);
}

function attributeOf({ conversation }: Call, key: string): string | undefined {
  return conversation?.participants.find(({ purpose }) => purpose === 'customer')?.attributes[key];
}

/** The partition of a conversation in these fleets. */
export function partitionHere(conversationId: string): number {
  return partitionOf(conversationId, partitions);
}
