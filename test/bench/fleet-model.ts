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
  /** Requests a second of one token (genesys-cloud.md §7: 300 a minute), without the reserve of a tenth. */
  requestsPerToken: (300 / 60) * 0.9,
  /** Topics: one of an agent for each live call, and one queue for twenty. */
  topicsPerCall: 1.05,
  /** Topics of a channel, and channels of an OAuth client (genesys-cloud.md §2), two of them kept free. */
  topicsPerChannel: 1_000,
  channelsPerClient: 18,
  /** Share of a core that an instance, and that nats-server for each instance, uses while nothing happens (results.md, "A fleet"). */
  idle: 0.02,
  engineIdle: 0.01,
  /** CPU of an event, in µs: where it is handled, where it is only handed on, and in nats-server (results.md, "A fleet", by its rows). */
  handledUs: 700,
  forwardedUs: 350,
  engineUs: 130,
  /** A core is planned to be so busy at most: what waits in line grows beyond (M/M/1: three times the service time at two thirds). */
  busy: 0.66,
  /** Milliseconds. */
  leaseTtl: 10_000,
  partitions: 64,
  /** Messages that one nats-server keeps a second, acknowledged (operations.md). */
  engineMessages: 9_000,
  /** Of an instance that is lost: its partitions are fetched so many at a time, with so many records of finished wishes each a second. */
  recordsPerSecond: 10_000,
  /** Wishes are remembered for an hour after they are finished (outbox.keepFinished). */
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
  /** Of one instance's core, as a share; of nats-server's. */
  cpu: number;
  engine: number;
  /** Instances that would be needed for that not to be more than `busy`. */
  needed: number;
  /** Messages a second that NATS keeps: events, intents and their records, renewals of leases. */
  kept: number;
  /** OAuth clients that the writes need, and that the topics need. */
  clients: number;
  channels: number;
  /** Milliseconds until an instance that died is replaced. */
  recovery: number;
}

/** By arithmetic alone: queueing, and what is not linear, is what `busy` leaves room for. */
export function loadOf({ instances, calls }: Plan, by: Assumptions = assumptions): Load {
  const events = calls * by.eventsPerCall;
  const wishes = calls * by.wishesPerCall;
  // whoever has the channel hands on what another one owns; with one instance nothing is handed on
  const cpuOf = (count: number): number => by.idle + (events / count) * (by.handledUs + by.forwardedUs * ((count - 1) / count)) * 1e-6;
  let needed = 1;
  while (cpuOf(needed) > by.busy) needed += 1;
  const channels = Math.ceil((calls * by.topicsPerCall) / by.topicsPerChannel);
  const renewals = (by.partitions + channels + instances) / (by.leaseTtl / 3 / 1_000);
  // an intent is added, put as a record when it is applied and when it is confirmed, and deleted
  const kept = events + wishes * 4 + renewals;
  const ofWrites = Math.ceil((wishes * by.requestsPerWish) / by.requestsPerToken);
  const records = (wishes * by.keepFinished) / instances;
  return {
    events,
    cpu: cpuOf(instances),
    engine: by.engineIdle * instances + events * by.engineUs * 1e-6,
    needed,
    kept,
    clients: Math.max(ofWrites, Math.ceil(channels / by.channelsPerClient)),
    channels,
    // a lease is given up for dead after its time to live, looked at ten times in it; then its records are read by all others
    recovery: by.leaseTtl * 1.1 + (records / Math.max(1, instances - 1) / by.recordsPerSecond) * 1_000 + 500,
  };
}

/** Fleets of 1 to 100 instances with 1,000 to 1,000,000 live calls. */
export function fleetPlan(): Section {
  const columns = [
    'live calls',
    'events/s',
    'instances',
    'CPU of each',
    'NATS keeps/s',
    'of one server',
    'CPU of it',
    'OAuth clients',
    'channels',
    'recovered within s',
  ];
  const rows = [1_000, 10_000, 100_000, 1_000_000].flatMap((calls) => {
    const { needed } = loadOf({ instances: 1, calls });
    return [...new Set([Math.max(2, needed + 1), 8, 32, 100])]
      .filter((instances) => instances >= needed)
      .sort((a, b) => a - b)
      .slice(0, 2)
      .map((instances) => {
        const load = loadOf({ instances, calls });
        return [
          calls.toLocaleString('en'),
          load.events.toFixed(0),
          String(instances),
          `${(load.cpu * 100).toFixed(0)} %`,
          load.kept.toFixed(0),
          `${((load.kept / assumptions.engineMessages) * 100).toFixed(0)} %`,
          `${(load.engine * 100).toFixed(0)} %`,
          String(load.clients),
          String(load.channels),
          (load.recovery / 1_000).toFixed(1),
        ];
      });
  });
  return {
    title: 'Plan past these machines',
    about:
      'A model (test/bench/fleet-model.ts), not a measurement; its assumptions stand there, each with its source. The first row of each size has one instance more than the events need.',
    columns,
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
