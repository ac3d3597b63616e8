import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { build } from './built.js';
import type { ContenderName } from './ingest/contenders.js';
import type { FeedOptions, VersionAt } from './ingest/feed.js';
import type { FeederReady } from './ingest/feeder.js';
import type { Received } from './ingest/receiver.js';
import { asText, type Section } from './report.js';

/** What is measured; the defaults are those of the table in results.md. */
export interface IngestOptions {
  conversations: number;
  changes: number;
  runs: number;
  sizes: readonly number[];
  versions: readonly VersionAt[];
  contenders: readonly ContenderName[];
  /** For node, where a contender runs: `--cpu-prof`. */
  execArgv: readonly string[];
}

const usual: IngestOptions = {
  conversations: 20_000,
  changes: 3,
  runs: 5,
  sizes: [2_700, 8_000],
  versions: ['first', 'last', 'absent'],
  contenders: ['bare', 'rxjs', 'daemon'],
  execArgv: [],
};

const goal = 1.3;

/** One contender's runs on one feed. */
interface Cell {
  contender: ContenderName;
  usPerFrame: number[];
  wrong: number;
}

/** CPU of the receiving process for each frame, by contender, beside the bare loop's. */
export async function ingest(options: Partial<IngestOptions> = {}): Promise<Section> {
  const { conversations, changes, runs, sizes, versions, contenders, execArgv } = { ...usual, ...options };
  const built = build(['test/bench/ingest/feeder.ts', 'test/bench/ingest/receiver.ts']);
  const rows: string[][] = [];
  const ratios: number[] = [];
  const wrongs = new Map<ContenderName, number>();
  try {
    for (const bytes of sizes) {
      for (const versionAt of versions) {
        const feed = { conversations, changes, bytes, versionAt, seed: 7 };
        const feeder = await feederOf(built.file('test/bench/ingest/feeder.ts'), feed);
        const cells: Cell[] = contenders.map((contender) => ({ contender, usPerFrame: [], wrong: 0 }));
        for (let run = 0; run < runs; run += 1) {
          // one after the other, so that what else the machine does hits all alike
          for (const cell of cells) {
            const received = await receive(built.file('test/bench/ingest/receiver.ts'), cell.contender, feeder, feed, execArgv);
            cell.usPerFrame.push((received.cpuMs * 1_000) / feeder.at.frames);
            cell.wrong += received.wrong;
          }
        }
        await feeder.end();
        const of = (name: ContenderName): number => median(cells.find(({ contender }) => contender === name)?.usPerFrame ?? []);
        for (const { contender, usPerFrame, wrong } of cells) {
          const ratio = median(usPerFrame) / of('bare');
          if (contender === 'daemon') ratios.push(ratio);
          wrongs.set(contender, (wrongs.get(contender) ?? 0) + wrong);
          const spread = `${Math.min(...usPerFrame).toFixed(1)}–${Math.max(...usPerFrame).toFixed(1)}`;
          rows.push([
            (feeder.at.bytes / 1_000).toFixed(1),
            versionAt,
            contender,
            median(usPerFrame).toFixed(1),
            spread,
            ratio.toFixed(2),
            String(wrong),
          ]);
        }
      }
    }
  } finally {
    built.remove();
  }
  const losers = [...wrongs].filter(([, wrong]) => wrong > 0).map(([name, wrong]) => `${name} (${wrong})`);
  return {
    title: 'Ingest: CPU per event frame',
    about: `${conversations} conversations of four participants, ${changes} changes each, 5 % of them twice and, where versions tell so, 2 % overtaken; keys shuffled; over a loopback WebSocket from a process that only sends. CPU time of the receiving process, a fresh one for each run, contenders in turn, ${runs} runs. The bare loop is ws, a full JSON.parse and one Map; RxJS is groupBy, scan and debounceTime; the daemon is the whole of it, two rules on.`,
    columns: ['kB a frame', 'version', 'contender', 'µs a frame (median)', 'least–most', '× bare', 'wrong in the end'],
    rows,
    notes: [
      ratios.length === 0
        ? 'the daemon did not take part'
        : `the daemon: ${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)} × the bare loop with a full parse (goal ≤ ${goal.toFixed(1)}: ${ratios.every((ratio) => ratio <= goal) ? 'met' : 'missed'})`,
      losers.length === 0 ? 'all contenders knew the newest version of each conversation in the end' : `lost updates: ${losers.join(', ')}`,
    ],
  };
}

interface Feeder {
  at: FeederReady;
  send: (what: 'warm' | 'feed', to: 'bare' | 'channel') => void;
  end: () => Promise<void>;
}

async function feederOf(program: string, feed: FeedOptions): Promise<Feeder> {
  const warm = { ...feed, conversations: Math.ceil(feed.conversations / 10), seed: feed.seed + 1 };
  const child = fork(program, [JSON.stringify({ warm, feed })]);
  const [at] = (await reply(child)) as [FeederReady];
  return {
    at,
    send: (what, to) => child.send({ send: what, to }),
    end: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function receive(
  program: string,
  contender: ContenderName,
  feeder: Feeder,
  feed: FeedOptions,
  execArgv: readonly string[],
): Promise<Received> {
  const child = fork(program, [JSON.stringify({ contender, at: feeder.at, feed })], { execArgv: ['--expose-gc', ...execArgv] });
  const to = contender.startsWith('daemon') ? 'channel' : 'bare';
  for (;;) {
    const [told] = (await reply(child)) as ['warm' | 'feed' | Received];
    if (typeof told !== 'string') return told;
    feeder.send(told, to);
  }
}

/** The next message of a child; throws if it ends before. */
async function reply(child: ChildProcess): Promise<unknown[]> {
  const died = once(child, 'exit').then(() => {
    throw new Error('a process of the bench ended before its time');
  });
  died.catch(() => undefined);
  return Promise.race([once(child, 'message'), died]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const given = JSON.parse(process.argv[2] ?? '{}') as Partial<IngestOptions>;
  process.stdout.write(`${asText(await ingest(given))}\n`);
}
