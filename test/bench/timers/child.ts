import { performance } from 'node:perf_hooks';
import { Random } from '../../../src/simulator/random.js';
import { cpuMs, quantile, tell } from '../forked.js';
import { contenders, type ContenderName } from './contenders.js';

export interface TimersTask {
  contender: ContenderName;
  keys: number;
  perSecond: number;
  /** Each key has a delay of its own between these, in ms. */
  delay: readonly [number, number];
  /** Milliseconds before the measured ones; as long as the longest delay, so that as many are pending as later. */
  warm: number;
  measured: number;
  seed: number;
}

export interface TimersResult {
  /** Of CPU in each second of the measured time. */
  cpuMs: number;
  armed: number;
  pending: number;
  fired: number;
  p50: number;
  p99: number;
  most: number;
  early: number;
  heapMb: number;
}

const { contender, keys, perSecond, delay, warm, measured, seed } = JSON.parse(process.argv[2] ?? '') as TimersTask;
const random = new Random(seed);
const delays = Float64Array.from({ length: keys }, () => random.int(delay));
const due = new Float64Array(keys).fill(NaN);
const lateness: number[] = [];
let measuring = false;
let early = 0;

function fire(key: number): void {
  const late = performance.now() - (due[key] ?? NaN);
  due[key] = NaN;
  // timers of Node count whole milliseconds, so that one may be early by a part of one
  if (!(late > -2)) early += 1;
  if (measuring) lateness.push(late);
}

const arm = contenders[contender]({ keys, delayOf: (key) => delays[key] ?? 0, fire });
if (arm === undefined) tell(null);
else {
  let armed = 0;
  const began = performance.now();
  const drive = (): void => {
    for (const wanted = ((performance.now() - began) / 1_000) * perSecond; armed < wanted; armed += 1) {
      const key = random.int([0, keys - 1]);
      const now = performance.now();
      due[key] = now + (delays[key] ?? 0);
      arm(key, now);
    }
  };
  setInterval(drive, 2);
  setTimeout(() => {
    global.gc?.();
    const heapMb = process.memoryUsage().heapUsed / 1e6;
    const before = { cpu: cpuMs(), armed, at: performance.now() };
    measuring = true;
    setTimeout(() => {
      const seconds = (performance.now() - before.at) / 1_000;
      const cpu = (cpuMs() - before.cpu) / seconds;
      const pending = due.reduce((sum, at) => sum + (Number.isNaN(at) ? 0 : 1), 0);
      const result: TimersResult = {
        cpuMs: cpu,
        armed: (armed - before.armed) / seconds,
        pending,
        fired: lateness.length / seconds,
        p50: quantile(lateness, 0.5),
        p99: quantile(lateness, 0.99),
        most: quantile(lateness, 1),
        early,
        heapMb,
      };
      tell(result);
      process.once('disconnect', () => process.exit());
    }, measured);
  }, warm);
}
