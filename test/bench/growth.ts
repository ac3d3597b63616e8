import { pathToFileURL } from 'node:url';
import { build } from './built.js';
import { inChild, median } from './forked.js';
import type { Grown } from './growth/grown.js';
import { barPlot } from './plot.js';
import { asText, type Section } from './report.js';

const program = 'test/bench/growth/grown.ts';

const sizes: readonly Pick<Grown, 'axis' | 'size'>[] = [
  ...[1_000, 10_000, 100_000].map((size) => ({ axis: 'conversations' as const, size })),
  ...[2_000, 20_000, 200_000].map((size) => ({ axis: 'events' as const, size })),
  ...[180, 1_800, 18_000].map((size) => ({ axis: 'topics' as const, size })),
];

const runs = 5;

/** More than so many times the CPU for each at a hundred times the size is no longer linear: caches alone may cost some. */
const linear = 2;

/** What one size costs. */
interface Cost {
  axis: Grown['axis'];
  size: number;
  usEach: number;
}

const says: Readonly<Record<Grown['axis'], string>> = {
  conversations: 'an event, by conversations known',
  events: 'an event, by events taken in',
  topics: 'a topic, by topics shared out anew',
};

/** How the cost of one event and of one topic grows when there are ten and a hundred times as many. */
export async function growth(): Promise<readonly Cost[]> {
  const built = build([program]);
  const found: Cost[] = [];
  try {
    for (const { axis, size } of sizes) {
      const all: number[] = [];
      for (let run = 0; run < runs; run += 1) {
        const { usEach } = await inChild<Grown>(built.file(program), { axis, size }, ['--expose-gc', '--max-old-space-size=6000']);
        all.push(usEach);
      }
      found.push({ axis, size, usEach: median(all) });
    }
  } finally {
    built.remove();
  }
  return found;
}

export function growthSection(found: readonly Cost[]): Section {
  return {
    title: 'How cost grows',
    about: `CPU of one event (decode, order, registry, two rules; 20,000 events, or as many as told on 1,000 conversations) and of one topic that is shared out; a fresh process each, median of ${runs}.`,
    columns: ['axis', 'size', 'µs each', '× the smallest'],
    rows: found.map((cost) => [cost.axis, String(cost.size), cost.usEach.toFixed(2), ratioOf(cost, found).toFixed(2)]),
    notes: [...largest(found)].map(([axis, cost]) => {
      const ratio = ratioOf(cost, found);
      return `${says[axis]}: ${ratio.toFixed(2)} × at a hundred times the size${ratio <= linear ? ', so linear in all' : ': more than linear in all'}`;
    }),
  };
}

/** The plot for the README. */
export function growthPlot(found: readonly Cost[]): string {
  return barPlot({
    title: 'What one event, and one topic, costs when there are more',
    unit: 'CPU of each, as a multiple of that at the smallest size: 1 where cost is linear in all',
    series: ['1 ×', '10 ×', '100 × as many'],
    groups: [...largest(found).keys()].map((axis) => ({
      name: says[axis],
      values: found.filter((cost) => cost.axis === axis).map((cost) => ratioOf(cost, found)),
    })),
    most: linear,
  });
}

/** The largest size of each axis. */
function largest(found: readonly Cost[]): Map<Grown['axis'], Cost> {
  return new Map(found.map((cost) => [cost.axis, cost]));
}

/** The cost of each, as a multiple of that at the smallest size of its axis. */
function ratioOf({ axis, usEach }: Cost, found: readonly Cost[]): number {
  return usEach / (found.find((one) => one.axis === axis)?.usEach ?? NaN);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(`${asText(growthSection(await growth()))}\n`);
