import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { cells } from './conflicts/cells.js';
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

interface Pair {
  virtual: Figures;
  loopback: Figures;
  calls: number;
}

/** Fewer calls of each cell, in real time over real sockets, beside the same calls on the virtual clock. */
export async function loopbackSection(): Promise<Section> {
  const rows: string[][] = [];
  for (const cell of Object.keys(cells)) {
    for (const policy of ['adaptive', 'immediate']) {
      const { virtual, loopback, calls } = await inProcess<Pair>('conflicts/loopback.ts', [cell, policy]);
      rows.push([
        `${cell}, ${policy}`,
        String(calls),
        virtual.requests.toFixed(2),
        loopback.requests.toFixed(2),
        ms(virtual.mean),
        ms(loopback.mean),
        `${(100 * loopback.right).toFixed(0)} %`,
        (loopback.ratio / virtual.ratio).toFixed(2),
      ]);
    }
  }
  return {
    title: 'Conflicts: the same over real loopback sockets',
    about: 'The daemon against the simulator, in real time, and the same calls on the virtual clock; the latencies are drawn anew.',
    columns: ['calls', 'how many', 'requests', 'on sockets', 'mean ms', 'on sockets', 'right on sockets', 'cost on sockets ÷ virtual'],
    rows,
    notes: [],
  };
}
