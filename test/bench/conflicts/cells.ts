import { processes, type Process } from './world.js';

type Name = keyof typeof processes;

/** Calls of one kind, or of several: each so many of twenty (when-to-write.md). */
export type Cell = readonly (readonly [share: number, process: Name])[];

const mix = (bursts: Name): Cell => [
  [5, 'steady 0.5/s'],
  [5, 'steady 5/s'],
  [3, 'steady 20/s'],
  [7, bursts],
];

export const cells: Readonly<Record<string, Cell>> = {
  ...Object.fromEntries((Object.keys(processes) as Name[]).map((name): [string, Cell] => [name, [[20, name]]])),
  'mix, bursts of 300 ms': mix('bursts of 300 ms'),
  'mix, bursts of spread length': mix('bursts of spread length'),
};

/** The process of the n-th call of a cell: the kinds are spread evenly over the calls. */
export function processOf(cell: Cell, index: number): Process {
  // steps that have no common divisor with 20
  let place = (index * 7) % 20;
  for (const [share, name] of cell) {
    if (place < share) return processes[name];
    place -= share;
  }
  throw new Error('the shares of a cell are not twenty');
}
