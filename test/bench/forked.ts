import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program of a bench in a fresh process, with its options in `argv[2]`, until it sends its result; throws if it ends before. */
export async function inChild<T>(program: string, options: unknown, execArgv: readonly string[] = []): Promise<T> {
  const child = fork(program, [JSON.stringify(options)], { execArgv: [...execArgv], serialization: 'advanced' });
  const ended = once(child, 'exit');
  const [result] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => {
      throw new Error(`${program} ended before it told what it found`);
    }),
  ])) as [T];
  if (child.connected) child.disconnect();
  await ended;
  return result;
}

/** The options of a program of a bench that was started so. */
export function asked(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** Sends what a program of a bench found to the process that started it. */
export function tell(result: unknown): void {
  process.send?.(result);
}

/** The value below which a share of all lies (0.5: the median); NaN of none. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export const median = (values: Iterable<number>): number => quantile(values, 0.5);

/** Milliseconds of CPU, user and system, that this process has used. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
