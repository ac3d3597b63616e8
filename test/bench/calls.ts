import { contenders } from './contenders.js';
import { processes, world, type Result } from './world.js';

/** Worlds a cell: enough for two digits. */
const worlds = 100;

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? NaN;

/** One line of the table: of all updates how many arrived within 30 s, at what cost, and that beside `immediate`. */
function line(name: string, results: readonly Result[], immediate: number | undefined): { text: string; cost: number } {
  const took = results.flatMap(({ tookMs }) => tookMs ?? []);
  const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
  const requests = results.reduce((sum, result) => sum + result.requests, 0) / results.length;
  const cost = mean + 100 * requests;
  const cells = [
    `${((100 * took.length) / results.length).toFixed(0)} %`,
    requests.toFixed(2),
    mean.toFixed(0),
    percentile(took, 0.5).toFixed(0),
    percentile(took, 0.95).toFixed(0),
    (cost / (immediate ?? cost)).toFixed(2),
  ];
  return { text: `  ${name.padEnd(34)}${cells.map((cell) => cell.padStart(9)).join('')}`, cost };
}

const head = ['right', 'requests', 'mean ms', 'p50', 'p95', 'cost'].map((cell) => cell.padStart(9)).join('');
const cells = Object.entries(processes).flatMap(([name, churn]) => [false, true].map((withEvent) => ({ name, churn, withEvent })));
for (const { name: process_, churn, withEvent } of cells) {
  process.stdout.write(
    `${process_}, wish ${withEvent ? 'with an event' : 'at any time'}, ${worlds} calls, one update each (cost: mean ms + 100 × requests, beside immediate)\n  ${''.padEnd(34)}${head}\n`,
  );
  const results = new Map<string, Result[]>();
  for (const [name, { contender, options }] of Object.entries(contenders)) {
    const all: Result[] = [];
    // the same seeds for everybody
    for (let seed = 1; seed <= worlds; seed += 1) all.push(await world(seed, churn, contender, options, withEvent));
    results.set(name, all);
  }
  const { cost } = line('immediate', results.get('immediate') ?? [], undefined);
  for (const [name, all] of results) process.stdout.write(`${line(name, all, cost).text}\n`);
}
