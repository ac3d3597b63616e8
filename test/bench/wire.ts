import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { build } from './built.js';
import { median, quantile } from './forked.js';
import { asText, type Section } from './report.js';
import type { DaemonTask, DaemonTold } from './wire/daemon.js';
import type { Served, ServerTask } from './wire/server.js';

/** Where the outbox is: on a disk, on tmpfs, or nowhere. */
const places = { disk: tmpdir(), tmpfs: '/dev/shm', memory: undefined } as const;

export interface WireOptions extends Omit<ServerTask, 'eventsPerSecond'> {
  rates: readonly number[];
  outboxes: readonly (keyof typeof places)[];
  runs: number;
  /** For the daemon's node: `--cpu-prof`. */
  execArgv: readonly string[];
}

const usual: WireOptions = {
  conversations: 5_000,
  wishesPerSecond: 100,
  warm: 6_000,
  measured: 8_000,
  seed: 7,
  rates: [1_000, 5_000, 10_000],
  outboxes: ['disk', 'tmpfs', 'memory'],
  runs: 5,
  execArgv: [],
};

const goal = { p50: 0.7, p99: 6, rate: 10_000 };
const programs = { server: 'test/bench/wire/server.ts', daemon: 'test/bench/wire/daemon.ts' };

/** Ms from one point of a wish's way to the next. */
interface Found {
  whole: number[];
  decode: number[];
  rule: number[];
  outbox: number[];
  patch: number[];
  /** CPU of the daemon for each event, in µs. */
  cpu: number;
  told: Served;
}

/** From an event that the server writes to the PATCH that it sees. */
export async function wire(options: Partial<WireOptions> = {}): Promise<Section> {
  const { rates, outboxes, runs, execArgv, ...task } = { ...usual, ...options };
  const built = build(Object.values(programs));
  const cells = rates.flatMap((eventsPerSecond) => outboxes.map((outbox) => ({ eventsPerSecond, outbox, found: [] as Found[] })));
  try {
    for (let run = 0; run < runs; run += 1)
      for (const { eventsPerSecond, outbox, found } of cells)
        found.push(await oneRun(built.file, { ...task, eventsPerSecond, seed: task.seed + run }, places[outbox], execArgv));
  } finally {
    built.remove();
  }
  const notes: string[] = [];
  const rows = cells.map(({ eventsPerSecond, outbox, found }) => {
    const of = (stage: 'whole' | 'decode' | 'rule' | 'outbox' | 'patch', share: number): number =>
      median(found.map((one) => quantile(one[stage], share)));
    const sum = (what: (served: Served) => number): number => found.reduce((all, { told }) => all + what(told), 0);
    const [p50, p99] = [of('whole', 0.5), of('whole', 0.99)];
    const unseen = sum(({ asked }) => asked.filter(({ seen }) => seen === undefined).length);
    if (eventsPerSecond === goal.rate)
      notes.push(
        `${eventsPerSecond} events/s, outbox on ${outbox}: p50 ${p50.toFixed(2)} ms (goal ≤ ${goal.p50}: ${p50 <= goal.p50 ? 'met' : 'missed'}), p99 ${p99.toFixed(1)} ms (goal ≤ ${goal.p99}: ${p99 <= goal.p99 ? 'met' : 'missed'})`,
      );
    if (unseen + sum(({ wrong }) => wrong) > 0)
      notes.push(
        `${eventsPerSecond} events/s, ${outbox}: ${unseen} wishes were never seen, ${sum(({ wrong }) => wrong)} calls end without what they asked for`,
      );
    return [
      String(eventsPerSecond),
      outbox,
      ...[p50, of('whole', 0.9), p99].map((ms) => ms.toFixed(2)),
      ...(['decode', 'rule', 'outbox', 'patch'] as const).map((stage) => `${of(stage, 0.5).toFixed(2)} / ${of(stage, 0.99).toFixed(1)}`),
      median(found.map(({ cpu }) => cpu)).toFixed(0),
      String(sum(({ conflicts }) => conflicts)),
    ];
  });
  return {
    title: 'Wire to wire: from an event to its PATCH',
    about: `${task.conversations} conversations, events of 2.5 kB evenly at the rate named, ${task.wishesPerSecond} of them a second make a rule (JSONata, on conversation.updated) wish; policy immediate; the whole daemon in one process, the platform in another, which spins. Ms from the event's write to the PATCH's arrival, of ${task.measured / 1_000} s, medians of ${runs} runs in turn. The wish is on disk (fsync) before it is written. Wall time: only an idle machine of two cores tells.`,
    columns: [
      'events/s',
      'outbox',
      'p50 ms',
      'p90',
      'p99',
      'to decoded p50 / p99',
      'rule',
      'outbox kept',
      'to PATCH seen',
      'CPU µs an event',
      'conflicts',
    ],
    rows,
    notes,
  };
}

/** One run: a fresh platform, a fresh daemon. */
async function oneRun(
  file: (program: string) => string,
  task: ServerTask,
  place: string | undefined,
  execArgv: readonly string[],
): Promise<Found> {
  const dir = place === undefined ? undefined : mkdtempSync(join(place, 'attributed-wire-'));
  const server = fork(file(programs.server), [JSON.stringify(task)]);
  try {
    const at = await next<{ url: string; topics: string[] }>(server);
    const daemon = fork(file(programs.daemon), [JSON.stringify({ ...at, dir } satisfies DaemonTask)], { execArgv: [...execArgv] });
    try {
      await next(daemon);
      server.send('go');
      await pause(task.warm);
      daemon.send('begin');
      const told = await next<Served>(server);
      daemon.send('end');
      const { stages, cpuMs } = await next<DaemonTold>(daemon);
      return found(told, { stages, cpuMs }, task);
    } finally {
      daemon.disconnect();
      await once(daemon, 'exit');
    }
  } finally {
    server.kill();
    if (dir !== undefined) rmSync(dir, { recursive: true });
  }
}

function found(told: Served, { stages, cpuMs }: DaemonTold, { eventsPerSecond, measured }: ServerTask): Found {
  const stageOf = new Map(stages.map((stage) => [stage.ask, stage]));
  const result: Found = { whole: [], decode: [], rule: [], outbox: [], patch: [], cpu: (cpuMs * 1e6) / (eventsPerSecond * measured), told };
  for (const { ask, sent, seen = NaN } of told.asked) {
    const { decoded = NaN, wished = NaN, kept = NaN } = stageOf.get(ask) ?? {};
    result.whole.push(seen - sent);
    result.decode.push(decoded - sent);
    result.rule.push(wished - decoded);
    result.outbox.push(kept - wished);
    result.patch.push(seen - kept);
  }
  return result;
}

/** The next message of a process; throws if it ends before. */
async function next<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the bench ended before its time');
  });
  ended.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [T];
  return message;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const given = JSON.parse(process.argv[2] ?? '{}') as Partial<WireOptions>;
  process.stdout.write(`${asText(await wire(given))}\n`);
}
