import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { cells } from './conflicts/cells.js';
import type { OnSockets } from './conflicts/loopback.js';
import { perRequest } from './conflicts/oracle.js';
import type { Figures } from './conflicts/tally.js';
import { inProcess } from './in-process.js';
import { barPlot } from './plot.js';
import type { Section } from './report.js';

/** Cell → contender → figures. */
export type Conflicts = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

/** Runs all cells, each in a process of its own, as many at once as there are cores. */
export async function conflicts(worlds: number): Promise<Conflicts> {
  const limit = pLimit(availableParallelism());
  const run = async (name: string): Promise<[string, Record<string, Figures>]> => [
    name,
    await inProcess<Record<string, Figures>>('conflicts/cell.ts', [name, String(worlds)]),
  ];
  return Object.fromEntries(await Promise.all(Object.keys(cells).map((name) => limit(() => run(name)))));
}

const cost = ({ ratio, error }: Figures): string => (ratio < 10 ? `${ratio.toFixed(3)} ± ${error.toFixed(3)}` : ratio.toFixed(1));
const ms = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(0));

/** The costs of all beside each other, and then a table for each cell. */
export function conflictSections(found: Conflicts, worlds: number): Section[] {
  const names = Object.keys(Object.values(found)[0] ?? {});
  const about = `${worlds} calls a row, one update each that is wished with an event of the call; everybody meets the same calls on a virtual clock.`;
  return [
    {
      title: 'Conflicts: what an update costs',
      about: `${about} Cost: ms until it is home + 100 a request (30 s where it never came), as a multiple of the oracle’s, with a 95 % confidence interval.`,
      columns: ['calls', ...names],
      rows: Object.entries(found).map(([cell, contenders]) => [cell, ...Object.values(contenders).map(cost)]),
      notes: [],
    },
    ...Object.entries(found).map(([cell, contenders]) => ({
      title: `Conflicts: ${cell}`,
      about,
      columns: ['contender', 'requests', 'right within 30 s', 'mean ms', 'p50', 'p95', 'p99', 'cost ÷ oracle'],
      rows: Object.entries(contenders).map(([contender, figures]) => [
        contender,
        figures.requests.toFixed(2),
        `${(100 * figures.right).toFixed(figures.right < 1 ? 2 : 0)} %`,
        ms(figures.mean),
        ms(figures.p50),
        ms(figures.p95),
        ms(figures.p99),
        cost(figures),
      ]),
      notes: [],
    })),
  ];
}

const plotted = ['adaptive', 'immediate', 'debounce 250 ms', 'RetryOnConflict (10 ms, 5 steps)', 'refetch + exponential back-off'];

/** The plot for the README. */
export function conflictPlot(found: Conflicts): string {
  return barPlot({
    title: 'What an update costs: ms until it is home + 100 a request',
    unit: 'as a multiple of an oracle’s that knows the future; less is better',
    series: plotted,
    groups: Object.entries(found).map(([name, contenders]) => ({ name, values: plotted.map((each) => contenders[each]?.ratio ?? NaN) })),
    most: 8,
  });
}

/** Calls that tell what the virtual clock says beside the sockets. */
const beside = 1_000;

/** Fewer calls of each cell, in real time over real sockets, beside the same cells on the virtual clock. */
export async function sockets(): Promise<Section[]> {
  const rows: string[][] = [];
  for (const cell of Object.keys(cells)) {
    const virtual = await inProcess<Record<string, Figures>>('conflicts/cell.ts', [cell, String(beside)]);
    const run = async (policy: string): Promise<string[]> => {
      const { updates, home, meanMs, requests } = await inProcess<OnSockets>('conflicts/loopback.ts', [cell, policy]);
      const known = virtual[policy];
      if (known === undefined) throw new Error(`no contender ${policy}`);
      const each = requests / updates;
      return [
        `${cell}, ${policy}`,
        String(updates),
        known.requests.toFixed(2),
        each.toFixed(2),
        ms(known.mean),
        ms(meanMs),
        `${((100 * home) / updates).toFixed(0)} %`,
        ((meanMs + perRequest * each) / (known.mean + perRequest * known.requests)).toFixed(2),
      ];
    };
    rows.push(...(await Promise.all(['adaptive', 'immediate'].map(run))));
  }
  return [
    {
      title: 'Conflicts: over real loopback sockets',
      about: `The daemon against the simulator for a minute of real time, one process for both, beside ${beside} calls of the same cells on the virtual clock.`,
      columns: ['calls', 'updates', 'requests', 'on sockets', 'mean ms', 'on sockets', 'home on sockets', 'cost on sockets ÷ virtual'],
      rows,
      notes: [],
    },
  ];
}
