import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { asMarkdown, asText, type Section } from './report.js';

/** What a plan rests on; each with where it is from. */
export const assumptions = {
  /** Events a second of one live call: 30 changes in five minutes (genesys-cloud.md §4), told by its queue's topic and its agent's. */
  eventsPerCall: 0.2,
  /** Wishes a second of one live call: three within five minutes. */
  wishesPerCall: 0.01,
  /** Requests that a wish takes, a GET to prove some of them among it (results.md, mix: 1.6; wishes of one call are merged). */
  requestsPerWish: 1.6,
  /** The share of a token's requests that writes may use (genesys.budget.reserve). */
  forWrites: 0.9,
  /** Topics: one of an agent for each live call, and one queue for twenty. */
  topicsPerCall: 1.05,
  /** Topics of a channel (genesys-cloud.md §2). */
  topicsPerChannel: 1_000,
  /** Share of a core that an instance, and that nats-server for each instance, uses while nothing happens (results.md, "A fleet"). */
  idle: 0.01,
  engineIdle: 0.002,
  /** CPU of an event, in µs: where it is handled, where it is only handed on, and in nats-server (results.md, "A fleet", by its rows). */
  handledUs: 240,
  forwardedUs: 330,
  engineUs: 130,
  /** A core is planned to be so busy at most: what waits in line grows beyond (M/M/1: three times the service time at two thirds). */
  busy: 0.66,
  /** Milliseconds. */
  leaseTtl: 10_000,
  /** Partitions of each instance, so that shares are even, and of a fleet at least. */
  partitionsEach: 4,
  leastPartitions: 64,
  /** Messages that one nats-server keeps a second, acknowledged (operations.md). */
  engineMessages: 9_000,
  /** What stands on the streams is read so fast, in messages a second: records of wishes, and calls (10,000 of each, 1.2 and 1.3 s). */
  readPerSecond: 8_000,
  /** Wishes are remembered for an hour after they are finished, in s (outbox.keepFinished). */
  keepFinished: 3_600,
};

type Assumptions = typeof assumptions;

/** A fleet as it is planned. */
interface Plan {
  instances: number;
  calls: number;
}

/** What a plan comes to. */
interface Load {
  events: number;
  partitions: number;
  /** Of one instance's core, as a share; of nats-server's. */
  cpu: number;
  engine: number;
  /** Messages a second that NATS keeps: events, intents and their records, renewals of leases. */
  kept: number;
  /** Requests a minute that the token of each instance must allow. */
  perMinute: number;
  /** Channels of each instance. */
  channels: number;
  /** Milliseconds until an instance that died is replaced. */
  recovery: number;
}

/** By arithmetic alone: queueing, and what is not linear, is what `busy` leaves room for. */
export function loadOf({ instances, calls }: Plan, by: Assumptions = assumptions): Load {
  const events = calls * by.eventsPerCall;
  const wishes = calls * by.wishesPerCall;
  const partitions = Math.max(by.leastPartitions, by.partitionsEach * instances);
  // whoever has the channel hands on what another one owns; with one instance nothing is handed on
  const forwarded = (instances - 1) / instances;
  const channels = Math.ceil((calls * by.topicsPerCall) / by.topicsPerChannel);
  const renewals = (partitions + channels + instances) / (by.leaseTtl / 3 / 1_000);
  return {
    events,
    partitions,
    cpu: by.idle + (events / instances) * (by.handledUs + by.forwardedUs * forwarded) * 1e-6,
    engine: by.engineIdle * instances + events * by.engineUs * 1e-6,
    // an intent is added, put as a record when it is applied and when it is confirmed, and deleted
    kept: events + wishes * 4 + renewals,
    perMinute: ((wishes * by.requestsPerWish) / by.forWrites / instances) * 60,
    channels: Math.ceil(channels / instances),
    // a lease is given up for dead after its time to live, looked at ten times in it; then its records and its calls are read
    recovery: by.leaseTtl * 1.1 + ((wishes * by.keepFinished + calls) / instances / by.readPerSecond) * 1_000 + 500,
  };
}

const sizes = { instances: [1, 2, 4, 8, 16, 32, 64, 100], calls: [1_000, 10_000, 100_000, 1_000_000] };

/** Of each size the smallest fleets that can do it, and the largest one where none can. */
const shown = 3;

/** Fleets of 1 to 100 instances with 1,000 to 1,000,000 live calls. */
export function fleetPlan(): Section {
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  const whole = (count: number): string => Math.round(count).toLocaleString('en');
  const rows = sizes.calls.flatMap((calls) => {
    const able = sizes.instances.filter((instances) => loadOf({ instances, calls }).cpu <= assumptions.busy);
    return (able.length > 0 ? able.slice(0, shown) : sizes.instances.slice(-1)).map((instances) => {
      const load = loadOf({ instances, calls });
      return [
        ...[whole(calls), whole(load.events), String(instances), String(load.partitions), percent(load.cpu)],
        ...[whole(load.kept), percent(load.kept / assumptions.engineMessages), percent(load.engine)],
        ...[whole(load.perMinute), String(load.channels), instances === 1 ? '' : (load.recovery / 1_000).toFixed(1)],
      ];
    });
  });
  return {
    title: 'Plan past these machines',
    about:
      'A model (test/bench/fleet-model.ts), not a measurement; its assumptions stand there, each with its source. CPU as a share of one core; of each size the smallest fleets whose instances are busy for two thirds at most, or the largest fleet where none is.',
    columns: [
      ...['live calls', 'events/s', 'instances', 'partitions', 'CPU of each'],
      ...['NATS keeps/s', 'of one server', 'CPU of it'],
      ...['requests/min of each token', 'channels of each', 'recovered within s'],
    ],
    rows,
    notes: [...compared()],
  };
}

const measured = z.object({
  fleet: z.object({ sections: z.array(z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.string())) })) }).optional(),
});

/** The model beside what was measured last at 1, 2, 4 and 8 instances. */
function compared(): string[] {
  const file = fileURLToPath(new URL('results.json', import.meta.url));
  const found = existsSync(file) ? measured.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data : undefined;
  const [section] = found?.fleet?.sections ?? [];
  if (section === undefined) return ['nothing was measured yet to check it against: npm run bench -- fleet'];
  const column = (name: string): number => section.columns.indexOf(name);
  return section.rows.flatMap((row) => {
    const instances = Number(/fleet of (\d+)/.exec(row[0] ?? '')?.[1] ?? NaN);
    if (Number.isNaN(instances)) return [];
    const predicted = assumptions.handledUs + assumptions.forwardedUs * ((instances - 1) / instances);
    const daemons = row[column('CPU µs an event: daemons')];
    const share = row[column('of them forwarded')];
    return [
      `${row[0]}: ${predicted.toFixed(0)} µs of CPU an event by the model, ${daemons} measured; ${(((instances - 1) / instances) * 100).toFixed(0)} % forwarded by the model, ${share} measured`,
    ];
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const plan = fleetPlan();
  process.stdout.write(`${asText(plan)}\n`);
  const [, , file] = process.argv;
  if (file !== undefined) writeFileSync(file, asMarkdown(plan));
}
