import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { build } from './built.js';
import type { Held, HolderName } from './memory/holder.js';
import { asText, type Section } from './report.js';

const holders: readonly HolderName[] = ['daemon', 'rxjs', 'informer'];

const names: Readonly<Record<HolderName, string>> = {
  daemon: 'daemon: registry, rules, deadlines',
  rxjs: 'RxJS: groupBy, scan, debounceTime; keeps the parsed frame',
  informer: 'informer of @kubernetes/client-node',
};

const goals = { idle: 2_000, ended: 850 };

const program = 'test/bench/memory/held.ts';

/** Heap of each conversation while it is idle and when it has ended, and whether it grows over an hour of turnover. */
export async function memory(conversations = 100_000): Promise<Section> {
  const built = build([program]);
  const found = new Map<HolderName, Held>();
  try {
    for (const holder of holders) found.set(holder, await measure(built.file(program), holder, conversations));
  } finally {
    built.remove();
  }
  const daemon = found.get('daemon');
  const told = (bytes: number | undefined): string => (bytes === undefined ? '–' : Math.round(bytes).toString());
  const met = (bytes: number | undefined, goal: number): string => `goal ≤ ${goal} B: ${(bytes ?? Infinity) <= goal ? 'met' : 'missed'}`;
  return {
    title: 'Memory: heap of each conversation',
    about: `${conversations} conversations of four participants, each with every field that rules see, two attributes on the customer; from frames of shape B, versioned; heap after gc, in a process of its own; clock injected. Idle: a minute after the second event. Ended: a minute after the end. Forgotten: after forgetAfter. Growth: 12,000 calls of 5 minutes within an hour, after a first half hour of the same.`,
    columns: ['who', 'idle B', 'ended B', 'forgotten B', 'growth over an hour, kB'],
    rows: [...found].map(([holder, held]) => [
      names[holder],
      told(held.idle),
      told(held.ended),
      told(held.forgotten),
      held.growth === undefined ? '–' : told(held.growth / 1_000),
    ]),
    notes: [
      `idle ${told(daemon?.idle)} B (${met(daemon?.idle, goals.idle)}), ended ${told(daemon?.ended)} B (${met(daemon?.ended, goals.ended)})`,
      `one that is being talked about, within half a minute of its last event: ${told(daemon?.busy)} B`,
      `the journal that \`explain\` reads is bounded on its own (100,000 entries over all): ${told(daemon?.journal)} B for each of these conversations on top, until it is full`,
      'RxJS and the informer have no end built in: what has ended stays',
    ],
  };
}

async function measure(file: string, holder: HolderName, conversations: number): Promise<Held> {
  const child = fork(file, [holder, String(conversations)], { execArgv: ['--expose-gc', '--max-old-space-size=6000'] });
  const died = once(child, 'exit').then(() => {
    throw new Error(`the process that held ${holder} ended before its time`);
  });
  died.catch(() => undefined);
  const [held] = (await Promise.race([once(child, 'message'), died])) as [Held];
  return held;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(`${asText(await memory(process.argv[2] === undefined ? undefined : Number(process.argv[2])))}\n`);
