import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { build } from './built.js';
import type { CellTask } from './conflicts/cell.js';
import { cells } from './conflicts/cells.js';
import type { OnSockets, SocketsTask } from './conflicts/loopback.js';
import { perRequest } from './conflicts/oracle.js';
import type { Figures } from './conflicts/tally.js';
import type { OwnTime } from './conflicts/world.js';
import { inChild } from './forked.js';
import { barPlot } from './plot.js';
import type { Section } from './report.js';

/** Cell → contender → figures. */
export type Conflicts = Readonly<Record<string, Readonly<Record<string, Figures>>>>;

const cellProgram = 'test/bench/conflicts/cell.ts';
const socketsProgram = 'test/bench/conflicts/loopback.ts';

/** Runs all cells, each in a process of its own, as many at once as there are cores. */
export async function conflicts(worlds: number): Promise<Conflicts> {
  const built = build([cellProgram]);
  const limit = pLimit(availableParallelism());
  const run = async (name: string): Promise<[string, Record<string, Figures>]> => {
    const task: CellTask = { name, worlds };
    return [name, await inChild(built.file(cellProgram), task)];
  };
  try {
    return Object.fromEntries(await Promise.all(Object.keys(cells).map((name) => limit(() => run(name)))));
  } finally {
    built.remove();
  }
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
const beside = 5_000;

/** Who is tried on both. */
const tried = 'adaptive';

/** Fewer calls of each cell, in real time over real sockets, beside the same cells on the virtual clock. */
export async function sockets(): Promise<Section[]> {
  const built = build([cellProgram, socketsProgram]);
  const names = Object.keys(cells);
  try {
    const real: OnSockets[] = [];
    // one after the other: nothing may compute beside what runs in real time
    for (const name of names) real.push(await inChild<OnSockets>(built.file(socketsProgram), { name } satisfies SocketsTask));
    const limit = pLimit(availableParallelism());
    const onClock = (name: string, own?: OwnTime): Promise<Record<string, Figures>> =>
      limit(() => inChild(built.file(cellProgram), { name, worlds: beside, contenders: [tried], ...(own && { own }) } satisfies CellTask));
    const model = await Promise.all(names.map((name) => onClock(name)));
    const slower = await Promise.all(names.map((name, index) => onClock(name, real[index]?.own)));
    const rows = names.map((name, index) =>
      besideRow(name, { model: model[index]?.[tried], virtual: slower[index]?.[tried], real: real[index] }),
    );
    return [
      {
        title: 'Conflicts: over real loopback sockets',
        about: `The daemon (${tried}) against the simulator in real time, one process for both, calls of 45 s that it learns from, and then more until there are 700 updates or six times, beside ${beside} calls of the same cells on the virtual clock. There an event and a request take so much longer than in the model as they took on average here, which timers of whole ms and two programs on a core add: own time. The difference is that of the cost, with a 95 % confidence interval, on sockets as far as the times of the updates tell it; the last column is the difference from the model without own time.`,
        columns: [
          'calls',
          'updates',
          'home',
          'own ms, event / request',
          'requests, virtual',
          'on sockets',
          'mean ms, virtual',
          'on sockets',
          'cost, virtual',
          'on sockets',
          'difference',
          'without own time',
        ],
        rows,
        notes: [],
      },
    ];
  } finally {
    built.remove();
  }
}

function besideRow(
  name: string,
  found: { model?: Figures | undefined; virtual?: Figures | undefined; real?: OnSockets | undefined },
): string[] {
  const { model, virtual, real } = found;
  if (model === undefined || virtual === undefined || real === undefined) throw new Error(`${name} was not measured`);
  const { updates, home, meanMs, error, own } = real;
  const requests = real.requests / updates;
  const cost = meanMs + perRequest * requests;
  const difference = ({ cost: expected, costError }: Figures): string => {
    const more = cost / expected - 1;
    const uncertain = Math.hypot(error, costError / expected) * (1 + more);
    return `${more < 0 ? '−' : '+'}${Math.abs(100 * more).toFixed(0)} ± ${(100 * uncertain).toFixed(0)} %`;
  };
  return [
    name,
    String(updates),
    `${((100 * home) / updates).toFixed(0)} %`,
    `${own.event.toFixed(1)} / ${own.up.toFixed(1)}`,
    virtual.requests.toFixed(2),
    requests.toFixed(2),
    ms(virtual.mean),
    ms(meanMs),
    ms(virtual.cost),
    ms(cost),
    difference(virtual),
    difference(model),
  ];
}
