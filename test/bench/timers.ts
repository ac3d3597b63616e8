import { pathToFileURL } from 'node:url';
import { build } from './built.js';
import { inChild, median } from './forked.js';
import { asText, type Section } from './report.js';
import type { TimersResult, TimersTask } from './timers/child.js';
import type { ContenderName } from './timers/contenders.js';

export interface TimersOptions extends Omit<TimersTask, 'contender' | 'delay'> {
  runs: number;
  contenders: readonly ContenderName[];
}

const usual: TimersOptions = {
  // so many that 100,000 are pending: the others have fired and were not armed again yet
  keys: 112_000,
  perSecond: 50_000,
  warm: 8_000,
  measured: 6_000,
  seed: 7,
  runs: 5,
  contenders: ['nothing', 'deadlines', 'wheel', 'timeout.refresh', 'retimer', 'setTimeout', 'debounceTime'],
};

/** One delay for all, as `debounceTime` has it, and each key's own, as deadlines of many kinds have. */
const delays = { 'all 5 s': [5_000, 5_000], '3–8 s': [3_000, 8_000] } as const;

const program = 'test/bench/timers/child.ts';
const goal = { lateness: 20, ratio: 2 };

/** CPU and lateness of the one structure for all deadlines, beside a timer for each key. */
export async function timers(options: Partial<TimersOptions> = {}): Promise<Section> {
  const { runs, contenders, ...task } = { ...usual, ...options };
  const built = build([program]);
  const rows: string[][] = [];
  const notes: string[] = [];
  try {
    for (const [label, delay] of Object.entries(delays)) {
      const results = new Map<ContenderName, TimersResult[]>();
      for (let run = 0; run < runs; run += 1) {
        for (const contender of contenders) {
          const asked: TimersTask = { ...task, contender, delay, seed: task.seed + run };
          const result = await inChild<TimersResult | null>(built.file(program), asked, ['--expose-gc']);
          if (result !== null) results.set(contender, [...(results.get(contender) ?? []), result]);
        }
      }
      const of = (name: ContenderName, field: keyof TimersResult): number => median(results.get(name)?.map((one) => one[field]) ?? []);
      const cost = (name: ContenderName): number => of(name, 'cpuMs') - of('nothing', 'cpuMs');
      for (const name of results.keys()) {
        const own = name === 'nothing' ? [of(name, 'cpuMs').toFixed(0), '', ''] : [];
        rows.push([
          label,
          name,
          ...(own.length > 0 ? own : [cost(name).toFixed(0), (cost(name) / cost('deadlines')).toFixed(1), of(name, 'heapMb').toFixed(0)]),
          ...(['pending', 'fired'] as const).map((field) => (name === 'nothing' ? '' : of(name, field).toFixed(0))),
          ...(['p50', 'p99', 'most'] as const).map((field) => (name === 'nothing' ? '' : of(name, field).toFixed(1))),
        ]);
      }
      const early = [...results].filter(([, all]) => all.some((one) => one.early > 0)).map(([name]) => name);
      const late = of('deadlines', 'p99');
      notes.push(
        `${label}: debounceTime takes ${(cost('debounceTime') / cost('deadlines')).toFixed(1)} ×, a clearTimeout and setTimeout for each key ${(cost('setTimeout') / cost('deadlines')).toFixed(1)} × the CPU of src/base/deadlines.ts, which takes ${(cost('deadlines') / cost('wheel')).toFixed(1)} × that of a wheel of nothing but numbers`,
        `${label}: p99 lateness of deadlines ${late.toFixed(1)} ms (goal ≤ ${goal.lateness}: ${late <= goal.lateness ? 'met' : 'missed'}; wall time, so only an idle machine tells)`,
        ...(early.length > 0 ? [`${label}: ${early.join(', ')} fired early`] : []),
      );
    }
  } finally {
    built.remove();
  }
  if (!rows.some((row) => row.includes('retimer'))) notes.push('retimer was not there to be measured (BENCH_LIBRARIES)');
  return {
    title: 'Timers: one structure for all deadlines',
    about: `${task.keys} keys, a random one armed anew ${task.perSecond} times a second, so that about 100,000 are pending; CPU of a fresh process for each run, without what the driver of the bench itself takes ("nothing"), contenders in turn, medians of ${runs} runs of ${task.measured / 1_000} s.`,
    columns: ['delay', 'contender', 'CPU ms/s', '× deadlines', 'heap MB', 'pending', 'fired/s', 'late p50 ms', 'p99', 'most'],
    rows,
    notes,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const given = JSON.parse(process.argv[2] ?? '{}') as Partial<TimersOptions>;
  process.stdout.write(`${asText(await timers(given))}\n`);
}
