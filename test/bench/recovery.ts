import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { format } from 'prettier';
import { replaceBetween } from '../../config/docs.js';
import { systemClock } from '../../src/base/clock.js';
import { faultNames, ride, states, type FaultName, type Ride, type StateName } from '../support/fault-ride.js';

/** `npm run recovery`: how long a daemon of default settings takes to be itself again, in real time, and the README's table of it. */
const seeds = [1, 2, 3, 4, 5];

/** How long each fault lasts, in ms: longer than a request may take. */
const lasts = 20_000;

const readme = new URL('../../README.md', import.meta.url);

interface Cell {
  fault: FaultName;
  state: StateName;
  rides: Ride[];
}

const seconds = (values: readonly number[], share: number): string => {
  const value = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? NaN;
  return `${(value / 1_000).toFixed(value < 9_950 ? 1 : 0)} s`;
};

function table(cells: readonly Cell[]): string {
  const rows = cells.map(({ fault, state, rides }) => {
    const connected = rides.map(({ connectedMs }) => connectedMs);
    const converged = rides.map(({ convergedMs }) => convergedMs);
    return [fault, state, seconds(connected, 0.5), seconds(connected, 1), seconds(converged, 0.5), seconds(converged, 1)];
  });
  const head = ['fault', 'the daemon is', 'connected: median', 'worst', 'all wishes home: median', 'worst'];
  return [head, head.map(() => '-'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const cells: Cell[] = faultNames.flatMap((fault) => states.map((state) => ({ fault, state, rides: [] })));
for (const seed of seeds) {
  process.stderr.write(`seed ${seed}: ${cells.length} rides\n`);
  // all cells at once: a ride waits most of its time
  await Promise.all(
    cells.map(async ({ fault, state, rides }) => {
      const result = await ride({ fault, state, seed, clock: systemClock, speed: 1, lasts });
      for (const problem of result.problems) {
        process.stderr.write(`${fault}, ${state}, seed ${seed}: ${problem}\n`);
        process.exitCode = 1;
      }
      rides.push(result);
    }),
  );
}
const [{ model } = { model: 'unknown' }] = cpus();
const line = `Measured by \`npm run recovery\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${cpus().length} × ${model}, ${seeds.length} seeds.`;
const text = await format(`${table(cells)}\n\n${line}\n`, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' });
process.stdout.write(text);
if (process.exitCode === undefined) writeFileSync(readme, replaceBetween(readFileSync(readme, 'utf8'), 'recovery', text));
