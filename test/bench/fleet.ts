import { execFileSync } from 'node:child_process';
import { Call } from '../../src/simulator/calls/call.js';
import { Random } from '../../src/simulator/random.js';
import { simulatorClient } from '../../src/simulator/simulator.js';
import { withEngine } from '../cluster/support/engine.js';
import { inFolder } from '../config/folder.js';
import { eventually } from '../support/eventually.js';
import { openSimulator } from '../support/house.js';
import { cpuOf, Member } from './fleet/member.js';
import type { Section } from './report.js';

/** Live calls, and the calls a minute that each OAuth client may make. */
const calls = 300;
const perMinute = 600;

/** Changes of state a second over all calls, and wishes a second for each instance: half as many again as its budget. */
const changesPerSecond = 200;
const wishesPerSecond = 15;

/** How long each is measured, in ms: nothing at all, events alone, and wishes for one window of the budget. */
const idleFor = 5_000;
const eventsFor = 10_000;
const wishesFor = 60_000;

/** What one fleet came to. */
interface Found {
  name: string;
  events: number;
  /** CPU of one instance, and of nats-server, while nothing happens: ms a second. */
  idle: { daemon: number; engine: number };
  /** CPU beyond that. */
  daemonMs: number;
  engineMs: number;
  forwarded: number;
  offered: number;
  confirmed: number;
  requests: number;
  conflicts: number;
}

/** Intents confirmed a second by fleets of several sizes, with one budget each, and what the coordinator costs an event. */
export async function fleet(): Promise<Section> {
  execFileSync('npm', ['run', '--silent', 'build']);
  const found = [await measure('no fleet', 1, false)];
  for (const instances of [1, 2, 4, 8]) found.push(await measure(`fleet of ${instances}`, instances, true));
  const [lone] = found;
  const perEvent = ({ daemonMs, engineMs, events }: Found): number => ((daemonMs + engineMs) * 1_000) / events;
  return {
    title: 'A fleet: wishes confirmed, and the cost of sharing',
    about: `${calls} live calls that change ${changesPerSecond} times a second; first ${idleFor / 1_000} s of nothing, then ${eventsFor / 1_000} s of events alone, then ${wishesFor / 1_000} s with ${wishesPerSecond} wishes a second for each instance, through any of them; ${perMinute} requests a minute for each (an OAuth client of its own), the simulator, one nats-server and all daemons as processes of one machine, so that eight of them share its cores. CPU by /proc, that of an event without what the processes use while nothing happens; policy adaptive.`,
    columns: [
      'instances',
      'events/s',
      'of them forwarded',
      'idle CPU of each',
      'of nats-server',
      'CPU µs an event: daemons',
      'nats-server',
      '× no fleet',
      'wishes/s offered',
      'confirmed/s',
      'requests/s',
      'conflicts/s',
    ],
    rows: found.map((one) => {
      const each = (count: number): string => (count / (wishesFor / 1_000)).toFixed(1);
      return [
        one.name,
        (one.events / (eventsFor / 1_000)).toFixed(0),
        `${((one.forwarded / Math.max(1, one.events)) * 100).toFixed(0)} %`,
        `${(one.idle.daemon / 10).toFixed(1)} %`,
        `${(one.idle.engine / 10).toFixed(1)} %`,
        ((one.daemonMs * 1_000) / one.events).toFixed(0),
        ((one.engineMs * 1_000) / one.events).toFixed(0),
        lone === undefined ? '' : (perEvent(one) / perEvent(lone)).toFixed(2),
        each(one.offered),
        each(one.confirmed),
        each(one.requests),
        each(one.conflicts),
      ];
    }),
    notes: [],
  };
}

async function measure(name: string, instances: number, shared: boolean): Promise<Found> {
  const random = new Random(1);
  const simulator = await openSimulator({ perMinute, clients: instances, queues: 4, faults: { eventDelay: [20, 150] } }, 1);
  const members: Member[] = [];
  const timers: NodeJS.Timeout[] = [];
  try {
    return await withEngine(1, ({ servers, pids }) =>
      inFolder({ secret: simulatorClient.secret }, async (folder) => {
        for (let index = 0; index < instances; index += 1) {
          const config = {
            genesys: {
              ...{ apiUrl: simulator.url, loginUrl: simulator.url },
              ...{ clientId: simulator.clients[index]?.id ?? '', clientSecretFile: 'secret' },
            },
            notifications: { topics: simulator.topics },
            ...(shared ? { cluster: { nats: { servers }, instance: `vm-${index + 1}` } } : {}),
          };
          members.push(await Member.start(`vm-${index + 1}`, folder, config));
        }
        await eventually(
          'all is shared out',
          async () => !shared || (await Promise.all(members.map(owned))).every((share) => share <= Math.ceil(64 / instances)),
          {
            within: 30_000,
            every: 100,
          },
        );
        const cpu = (): { daemon: number; engine: number } => ({
          daemon: members.reduce((total, { cpuMs }) => total + cpuMs, 0),
          engine: shared ? pids().reduce((total, pid) => total + cpuOf(pid), 0) : 0,
        });
        const atRest = cpu();
        await wait(idleFor);
        const rested = cpu();
        const idle = {
          daemon: (rested.daemon - atRest.daemon) / instances / (idleFor / 1_000),
          engine: (rested.engine - atRest.engine) / (idleFor / 1_000),
        };
        const live = Array.from({ length: calls }, (_, index) => {
          const call = new Call(simulator.world, simulator.customers[index % simulator.customers.length]?.phone ?? '', random.fork(index));
          call.perform({ do: 'start' });
          call.perform({ do: 'enter-queue', queueId: random.pick(simulator.queues) });
          return call;
        });
        const often = (perSecond: number, run: () => void): number => timers.push(setInterval(run, 1_000 / perSecond));
        often(changesPerSecond, () => {
          random.pick(live).bump();
        });
        const look = async (): Promise<Omit<Found, 'name' | 'offered' | 'idle'>> => {
          const all = await Promise.all(members.map((member) => member.status()));
          const sum = (of: (status: (typeof all)[number]) => number): number => all.reduce((total, status) => total + of(status), 0);
          return {
            events: sum(({ totals }) => totals.events),
            daemonMs: cpu().daemon,
            engineMs: cpu().engine,
            forwarded: sum(({ cluster }) => cluster?.events.forwarded ?? 0),
            confirmed: sum(({ totals }) => totals.confirmed + totals.satisfied + totals.superseded),
            requests: sum(({ totals }) => totals.writes),
            conflicts: sum(({ totals }) => totals.conflicts),
          };
        };
        await wait(3_000);
        const before = await look();
        await wait(eventsFor);
        const between = await look();
        let offered = 0;
        let wishes = 0;
        often(wishesPerSecond * instances, () => {
          wishes += 1;
          const call = random.pick(live);
          void random
            .pick(members)
            .wish(call.id, { [`key${wishes % 20}`]: String(wishes) })
            .then((accepted) => (offered += accepted ? 1 : 0))
            .catch(() => undefined);
        });
        await wait(wishesFor);
        const [accepted, after] = [offered, await look()];
        return {
          name,
          events: between.events - before.events,
          idle,
          daemonMs: between.daemonMs - before.daemonMs - (idle.daemon * instances * eventsFor) / 1_000,
          engineMs: between.engineMs - before.engineMs - (idle.engine * eventsFor) / 1_000,
          forwarded: between.forwarded - before.forwarded,
          offered: accepted,
          confirmed: after.confirmed - between.confirmed,
          requests: after.requests - between.requests,
          conflicts: after.conflicts - between.conflicts,
        };
      }),
    );
  } finally {
    for (const timer of timers) clearInterval(timer);
    for (const member of members) await member.end();
    await simulator.close();
  }
}

async function owned(member: Member): Promise<number> {
  return (await member.status()).cluster?.owned ?? 0;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
