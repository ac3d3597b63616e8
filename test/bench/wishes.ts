import { DaemonUnderTest, type Wished } from './conflicts/daemon.js';
import { independentLoops } from './conflicts/loops.js';
import { processes, world, type World } from './conflicts/world.js';
import type { Section } from './report.js';
import { Random } from '../../src/simulator/random.js';

/** Calls, and what is wished for each: so many values within so many ms, the first with an event of a burst. */
const calls = 1_000;
const wishes = 20;
const span = 500;

/** Each for a key of its own: none may be lost to another. */
function wished({ seed, wishedAt }: World): Wished[] {
  const random = new Random(seed).fork(20);
  const times = Array.from({ length: wishes }, (_, index) => (index === 0 ? 0 : random.next() * span)).sort((a, b) => a - b);
  return times.map((at, index) => ({ at: wishedAt + at, attributes: { [`key${index}`]: String(index) } }));
}

/** Bursts of wishes beside bursts of events. */
export async function burstsOfWishes(): Promise<Section> {
  const worlds = Array.from({ length: calls }, (_, index) => world(index + 1, processes['bursts of 300 ms'], { age: [10_000, 50_000] }));
  const rows: string[][] = [];
  for (const policy of ['adaptive', 'debounce', 'immediate'] as const) {
    const daemon = new DaemonUnderTest(policy);
    const results = [];
    for (const each of worlds) results.push(await daemon.meet(each, wished(each)));
    const took = results.flatMap(({ tookMs }) => tookMs ?? []);
    rows.push(
      row(
        policy,
        results.map(({ requests }) => requests),
        results.length - took.length,
        took,
      ),
    );
  }
  const loops = worlds.map((each) =>
    independentLoops(
      each,
      wished(each).map(({ at }) => at),
    ),
  );
  const lost = loops.reduce((sum, result) => sum + result.lost, 0) / wishes;
  rows.push(
    row(
      'a RetryOnConflict loop each',
      loops.map(({ requests }) => requests),
      lost,
      [],
    ),
  );
  return {
    title: 'Bursts of wishes beside bursts of events',
    about: `${calls} calls that move in bursts of 300 ms; ${wishes} values within ${span} ms for each, the first with an event of a burst.`,
    columns: ['contender', 'requests a call', 'p95', 'most', 'values lost', 'all home, mean ms', 'p95 ms'],
    rows,
    notes: [],
  };
}

function row(name: string, requests: readonly number[], lostCalls: number, took: readonly number[]): string[] {
  const sorted = [...requests].sort((a, b) => a - b);
  const times = [...took].sort((a, b) => a - b);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    name,
    mean(sorted).toFixed(2),
    String(sorted[Math.floor(sorted.length * 0.95)]),
    String(sorted.at(-1)),
    `${((100 * lostCalls) / requests.length).toFixed(1)} %`,
    times.length === 0 ? '–' : mean(times).toFixed(0),
    times.length === 0 ? '–' : String(times[Math.floor(times.length * 0.95)]?.toFixed(0)),
  ];
}
