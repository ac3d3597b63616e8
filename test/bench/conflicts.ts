import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { cells } from './conflicts/cells.js';
import type { Figures } from './conflicts/tally.js';
import type { Section } from './report.js';

/** Calls of each cell; each is wished one update. */
const worlds = Number(process.env['BENCH_WORLDS'] ?? 15_000);

const columns = ['contender', 'requests', 'right within 30 s', 'mean ms', 'p50', 'p95', 'p99', 'cost ÷ oracle', '±'];

/** Cell → contender → figures. */
export type Conflicts = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

/** Runs all cells, each in a process of its own, as many at once as there are cores. */
export async function conflicts(): Promise<Conflicts> {
  const limit = pLimit(availableParallelism());
  const run = async (name: string): Promise<[string, Record<string, Figures>]> => {
    const child = fork(fileURLToPath(new URL('conflicts/cell.ts', import.meta.url)), [name, String(worlds)], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    const [figures] = (await once(child, 'message')) as [Record<string, Figures>];
    return [name, figures];
  };
  return Object.fromEntries(await Promise.all(Object.keys(cells).map((name) => limit(() => run(name)))));
}

/** One table a cell. */
export function conflictSections(found: Conflicts): Section[] {
  return Object.entries(found).map(([name, contenders]) => ({
    title: `Conflicts: ${name}`,
    about: `${worlds} calls, one update each that is wished with an event of the call; everybody meets the same calls.`,
    columns,
    rows: Object.entries(contenders).map(([contender, { right, requests, mean, p50, p95, p99, ratio, error }]) => [
      contender,
      requests.toFixed(2),
      `${(100 * right).toFixed(right < 1 ? 2 : 0)} %`,
      ...[mean, p50, p95, p99].map((ms) => (Number.isNaN(ms) ? '–' : ms.toFixed(0))),
      ratio.toFixed(ratio < 10 ? 3 : 1),
      error.toFixed(ratio < 10 ? 3 : 1),
    ]),
    notes: [],
  }));
}
