import { systemClock, type Clock } from '../../src/base/clock.js';
import { configSchema, type Config } from '../../src/config/schema.js';
import { Daemon, type DaemonOptions } from '../../src/daemon.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import type { IntentStore } from '../../src/intent/store/store.js';
import { Call } from '../../src/simulator/calls/call.js';
import { Random } from '../../src/simulator/random.js';
import { parseScenario, type ScenarioInput } from '../../src/simulator/scenario.js';
import { Simulator, simulatorClient } from '../../src/simulator/simulator.js';
import { RecordingLog } from './recording-log.js';

/** No latency, no faults, and calls only when the test starts them. */
const quiet: ScenarioInput = { calls: { most: 1 }, faults: {}, crm: { latency: [0, 0] } };

/** A daemon and a simulated org on real sockets, and the log of the daemon. */
export interface House {
  simulator: Simulator;
  daemon: Daemon;
  log: RecordingLog;
}

/** The raw config of a daemon for a simulator; sections are put over it. */
export type ConfigInput = Partial<
  Record<'genesys' | 'notifications' | 'conversations' | 'write' | 'lookups' | 'rules' | 'http' | 'outbox' | 'log' | 'stop', unknown>
>;

/** Opens a simulator, on ports of its own if none is named. Whoever opens it closes it. */
export async function openSimulator(scenario: ScenarioInput = {}, seed = 1, clock: Clock = systemClock, port = 0): Promise<Simulator> {
  const simulator = new Simulator({ scenario: parseScenario({ ...quiet, ...scenario }), seed, clock });
  await simulator.listen({ port });
  return simulator;
}

/** The config of a daemon for a simulator. */
export function configFor({ url, topics }: Simulator, { genesys, notifications, ...others }: ConfigInput = {}): Config {
  return configSchema.parse({
    genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret', ...(genesys as object | undefined) },
    notifications: { topics, ...(notifications as object | undefined) },
    http: { listen: '127.0.0.1:0' },
    ...others,
  });
}

/** A daemon for a simulator, not started. */
export function makeDaemon(
  simulator: Simulator,
  sections: ConfigInput = {},
  log = new RecordingLog(),
  store: IntentStore = new MemoryStore(),
  others: Partial<DaemonOptions> = {},
): { daemon: Daemon; log: RecordingLog } {
  const daemon = new Daemon({
    config: configFor(simulator, sections),
    secret: () => simulatorClient.secret,
    log,
    clock: systemClock,
    random: Math.random,
    proxyFor: () => '',
    store,
    version: '1.2.3',
    ...others,
  });
  return { daemon, log };
}

/** Runs a test in a house with a started daemon, and closes it whatever comes of the test. */
export async function inHouse(
  options: { scenario?: ScenarioInput; config?: ConfigInput | ((simulator: Simulator) => ConfigInput); seed?: number },
  test: (house: House) => Promise<void>,
): Promise<void> {
  const simulator = await openSimulator(options.scenario, options.seed);
  const { config } = options;
  const { daemon, log } = makeDaemon(simulator, typeof config === 'function' ? config(simulator) : config);
  try {
    await daemon.start();
    await test({ simulator, daemon, log });
  } finally {
    await daemon.stop();
    await simulator.close();
  }
}

/** A call that a test moves by hand; it waits in the first queue, so the daemon hears of it. */
export function queuedCall(simulator: Simulator, customer = 0): Call {
  const call = new Call(simulator.world, simulator.customers[customer]?.phone ?? '', new Random(customer + 1));
  call.perform({ do: 'start' });
  call.perform({ do: 'enter-queue', queueId: simulator.queues[0] ?? '' });
  return call;
}

/** Attributes of the customer participant as the platform has them. */
export function customerAttributes({ conversation }: Call): Record<string, string> {
  return conversation?.participants.find(({ purpose }) => purpose === 'customer')?.attributes ?? {};
}
