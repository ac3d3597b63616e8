import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Runs a script of this folder in a process of its own; resolves with what it sends. */
export async function inProcess<T>(script: string, args: readonly string[]): Promise<T> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [...args], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${script} ${args.join(' ')} ended with ${String(code)} and told nothing`);
  });
  const [found] = (await Promise.race([once(child, 'message'), failed])) as [T];
  child.kill();
  return found;
}
