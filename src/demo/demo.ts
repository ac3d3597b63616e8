import type { Clock } from '../base/clock.js';
import type { Config } from '../config/schema.js';
import { configSchema } from '../config/schema.js';
import { Daemon } from '../daemon.js';
import { MemoryStore } from '../intent/store/memory-store.js';
import { parseScenario, type ScenarioInput } from '../simulator/scenario.js';
import { Simulator, simulatorClient } from '../simulator/simulator.js';
import { Auditor } from './auditor.js';
import { auditingLog } from './auditing-log.js';
import { NaiveWriter } from './naive-writer.js';
import { scoreOf, type Score } from './score.js';
import { WantedUpdates } from './wanted.js';

/** About 40 calls that move in bursts, over a good half minute; network and event delays are those of when-to-write.md. */
const demoScenario: ScenarioInput = {
  calls: {
    perMinute: 180,
    most: 40,
    churn: { kind: 'bursty', bumps: [5, 20], withinMs: [300, 300], calmMs: [1_500, 4_000] },
    talkMs: [10_000, 16_000],
    pace: 2,
  },
  faults: { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150], duplicate: 0.1 },
};

/** After the last call has ended, stragglers get so long, in ms. */
const patience = 12_000;

export interface DemoOptions {
  seed: number;
  clock: Clock;
  random: () => number;
  scenario?: ScenarioInput;
}

/** One org and one client of it. */
interface Side {
  simulator: Simulator;
  wanted: WantedUpdates;
  auditor: Auditor;
}

/** The demo: two simulated orgs with the same calls, the daemon on one and the naive writer on the other, at the same time. */
export class Demo {
  readonly ours: Side;
  readonly theirs: Side;
  readonly naive: NaiveWriter;
  readonly daemon: Daemon;
  readonly #clock: Clock;

  /** Opens the ports of both orgs. */
  static async open({ seed, clock, random, scenario = demoScenario }: DemoOptions): Promise<Demo> {
    const [ours, theirs] = [sideOf(seed, clock, scenario), sideOf(seed, clock, scenario)];
    await Promise.all([ours.simulator.listen(), theirs.simulator.listen()]);
    return new Demo(ours, theirs, clock, random);
  }

  private constructor(ours: Side, theirs: Side, clock: Clock, random: () => number) {
    this.ours = ours;
    this.theirs = theirs;
    this.#clock = clock;
    const { auditor } = ours;
    this.daemon = new Daemon({
      store: new MemoryStore(),
      version: 'demo',
      config: demoConfig(ours.simulator),
      secret: () => simulatorClient.secret,
      log: auditingLog(auditor),
      clock,
      random,
      onSignal: (signal) => {
        if (signal.kind === 'event') auditor.told(String(signal.event.eventBody['id']), signal.event.eventBody['version']);
      },
    });
    const { url, crmUrl, topics } = theirs.simulator;
    this.naive = new NaiveWriter({ url, crmUrl, topics, clock, auditor: theirs.auditor });
  }

  /** Plays all calls on both sides; resolves with both scores. */
  async run(): Promise<{ ours: Score; naive: Score }> {
    await Promise.all([this.daemon.start(), this.naive.start()]);
    this.ours.simulator.engine.start();
    this.theirs.simulator.engine.start();
    await Promise.all([this.ours.simulator.engine.done, this.theirs.simulator.engine.done]);
    await this.#settle();
    return {
      ours: scoreOf(this.ours.simulator, this.ours.wanted, this.ours.auditor),
      naive: scoreOf(this.theirs.simulator, this.theirs.wanted, this.theirs.auditor),
    };
  }

  async close(): Promise<void> {
    this.naive.close();
    await this.daemon.stop();
    await Promise.all([this.ours.simulator.close(), this.theirs.simulator.close()]);
  }

  async #settle(): Promise<void> {
    const until = this.#clock.now() + patience;
    while (
      this.#clock.now() < until &&
      (this.daemon.writer.pending > 0 || this.daemon.outbox.open().length > 0 || this.naive.working > 0)
    ) {
      await new Promise<void>((resolve) => this.#clock.after(100, resolve));
    }
  }
}

function sideOf(seed: number, clock: Clock, scenario: ScenarioInput): Side {
  // the calls need the expectations, and these the customers: so it is looked up when the first call moves
  const late: { wanted?: WantedUpdates } = {};
  const simulator = new Simulator({
    scenario: parseScenario(scenario),
    seed,
    clock,
    onAction: (call, step) => late.wanted?.onAction(call, step),
  });
  const wanted = (late.wanted = new WantedUpdates(simulator.customers, () => clock.now()));
  return { simulator, wanted, auditor: new Auditor() };
}

function demoConfig({ url, crmUrl, topics }: Simulator): Config {
  return configSchema.parse({
    genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'unused' },
    notifications: { topics },
    lookups: { crm: { url: `${crmUrl}/customers?phone={ani}` } },
    rules: [
      {
        name: 'customer-tier',
        when: 'conversation.started',
        lookup: 'crm',
        set: { crmCustomerId: 'lookup.id', priorityLevel: "lookup.tier = 'gold' ? 'HIGH' : 'NORMAL'" },
      },
      { name: 'last-queue', when: 'participant.added', if: "participant.purpose = 'acd'", set: { lastQueue: 'participant.queueId' } },
      {
        name: 'last-agent',
        when: 'conversation.updated',
        set: { lastAgent: "conversation.participants[purpose = 'agent' and state = 'connected'][-1].userId" },
      },
    ],
    http: { listen: 'off' },
  });
}
