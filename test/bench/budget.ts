import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { FleetResult } from '../support/fleet.js';
import type { BudgetFigures, BudgetTask } from './budget/cell.js';
import { build } from './built.js';
import { inChild, median } from './forked.js';
import type { Section } from './report.js';

const program = 'test/bench/budget/cell.ts';

/** A load, and how often it is run. */
interface Cell {
  conversations: number;
  perMinute: number;
  seeds: number;
}

/**
 * What issue 3 asks for; loads of when-to-write.md; and one where all can be home in time. The largest takes the longest: fewer
 * runs of it say as much, as it has more calls.
 */
const cells: readonly Cell[] = [
  { conversations: 120, perMinute: 60, seeds: 5 },
  { conversations: 20, perMinute: 300, seeds: 5 },
  { conversations: 250, perMinute: 300, seeds: 5 },
  { conversations: 500, perMinute: 300, seeds: 3 },
];

/** Beside whom the ratio is taken. */
const reference = 'FIFO, coalesced, GET + PATCH';

const columns = [
  'contender',
  'wished/min',
  'home in 30 s/min',
  'missed',
  'home/min',
  'requests/min',
  'conflicts',
  'longest s',
  '429s',
  'ratio',
  'least to most',
];

/** One table a cell. The runs of all cells are interleaved, as many at once as there are cores. */
export async function budget(): Promise<Section[]> {
  const built = build([program]);
  const limit = pLimit(availableParallelism());
  const run = (task: BudgetTask): Promise<BudgetFigures> => inChild(built.file(program), task);
  const runs = cells.map((): Promise<BudgetFigures>[] => []);
  try {
    for (let seed = 1; seed <= Math.max(...cells.map(({ seeds }) => seeds)); seed += 1) {
      for (const [index, { seeds, ...load }] of cells.entries()) if (seed <= seeds) runs[index]?.push(limit(() => run({ ...load, seed })));
    }
    const found = await Promise.all(runs.map((each) => Promise.all(each)));
    return cells.map((cell, index) => sectionOf(cell, found[index] ?? []));
  } finally {
    built.remove();
  }
}

function sectionOf({ conversations, perMinute, seeds }: Cell, runs: readonly BudgetFigures[]): Section {
  return {
    title: `Budget: ${conversations} calls, ${perMinute} requests a minute`,
    about: `Calls of the mix, 0.15 wishes a second each, on a virtual clock: medians of ${seeds} runs, each of 3 minutes after 2 that are not counted; longest wait and 429s: the most of a run. The ratio is of what is home within 30 s beside coalesced GET + PATCH on the same calls.`,
    columns,
    rows: Object.keys(runs[0] ?? {}).map((name) => [name, ...figuresOf(name, runs)]),
    notes: [],
  };
}

function figuresOf(name: string, runs: readonly BudgetFigures[]): string[] {
  const all = runs.flatMap((run) => run[name] ?? []);
  const mid = (of: (result: FleetResult) => number): number => median(all.map(of));
  const ratios = runs.map((run) => Number(run[name]?.inTime) / Number(run[reference]?.inTime));
  return [
    mid(({ wishes }) => wishes).toFixed(0),
    mid(({ inTime }) => inTime).toFixed(0),
    `${Math.max(0, 100 * mid(({ wishes, inTime }) => 1 - inTime / wishes)).toFixed(0)} %`,
    mid(({ finished }) => finished).toFixed(0),
    mid(({ requests }) => requests).toFixed(0),
    `${(100 * mid(({ requests, conflicts }) => conflicts / requests)).toFixed(0)} %`,
    (Math.max(...all.map(({ longest }) => longest)) / 1000).toFixed(0),
    String(Math.max(...all.map(({ overLimit }) => overLimit))),
    median(ratios).toFixed(2),
    `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
  ];
}
