import { pathToFileURL } from 'node:url';
import { build } from './built.js';
import { inChild } from './forked.js';
import type { Grown } from './growth/grown.js';
import { asText, type Section } from './report.js';

const program = 'test/bench/growth/grown.ts';

const sizes: readonly Pick<Grown, 'axis' | 'size'>[] = [
  ...[1_000, 10_000, 100_000].map((size) => ({ axis: 'conversations' as const, size })),
  ...[2_000, 20_000, 200_000].map((size) => ({ axis: 'events' as const, size })),
  ...[180, 1_800, 18_000].map((size) => ({ axis: 'topics' as const, size })),
];

const runs = 3;

/** More than so many times the CPU for each at a hundred times the size is no longer linear: caches alone may cost some. */
const linear = 2;

/** How the cost of one event and of one topic grows when there are ten and a hundred times as many. */
export async function growth(): Promise<Section> {
  const built = build([program]);
  const found: { axis: string; size: number; usEach: number }[] = [];
  try {
    for (const { axis, size } of sizes) {
      const all: number[] = [];
      for (let run = 0; run < runs; run += 1) {
        const { usEach } = await inChild<Grown>(built.file(program), { axis, size }, ['--expose-gc', '--max-old-space-size=6000']);
        all.push(usEach);
      }
      found.push({ axis, size, usEach: all.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? NaN });
    }
  } finally {
    built.remove();
  }
  const first = (axis: string): number => found.find((one) => one.axis === axis)?.usEach ?? NaN;
  const says = {
    conversations: 'an event, by conversations known',
    events: 'an event, by events taken in',
    topics: 'a topic, by topics shared out anew',
  };
  return {
    title: 'How cost grows',
    about: `CPU of one event (decode, order, registry, two rules; 20,000 events, or as many as told on 1,000 conversations) and of one topic that is shared out; a fresh process each, median of ${runs}.`,
    columns: ['axis', 'size', 'µs each', '× the smallest'],
    rows: found.map(({ axis, size, usEach }) => [axis, String(size), usEach.toFixed(2), (usEach / first(axis)).toFixed(2)]),
    notes: Object.entries(says).map(([axis, what]) => {
      const last = found.findLast((one) => one.axis === axis)?.usEach ?? NaN;
      const ratio = last / first(axis);
      return `${what}: ${ratio.toFixed(2)} × at a hundred times the size${ratio <= linear ? ', so linear in all' : ': more than linear in all'}`;
    }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(`${asText(await growth())}\n`);
