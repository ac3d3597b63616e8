import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How long a command may run that ends by itself, in ms. */
const patience = 15_000;

/** What is left of a command that has ended. */
export interface Ended {
  /** Exit code; null if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of the log on stdout so far. */
  readonly log: Record<string, unknown>[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the log has a line of this event; rejects, with all output, if the command ends before. */
  logged(event: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

export interface ChildOptions {
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>;
}

/** Runs `attributed …` as it was built for the tests, hands it to the test, and kills it if the test leaves it running. */
export async function withCli<T>(
  args: readonly string[],
  test: (running: Running) => T | Promise<T>,
  { env = {} }: ChildOptions = {},
): Promise<T> {
  const child = spawn(process.execPath, ['dist/cli.js', ...args], {
    cwd: root,
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const output = { stdout: '', stderr: '' };
  let over = false;
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const ended = closed.then(([code]): Ended => {
    over = true;
    return { code: code as number | null, ...output };
  });
  const log = (): Record<string, unknown>[] =>
    output.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  try {
    return await test({
      get stdout() {
        return output.stdout;
      },
      get stderr() {
        return output.stderr;
      },
      get log() {
        return log();
      },
      kill: (signal) => child.kill(signal),
      logged: (event) =>
        eventually(`the log says ${event}`, () => {
          const there = log().some((line) => line['event'] === event);
          if (over && !there) throw new Error(`it ended before ${event}: ${output.stdout}${output.stderr}`);
          return there;
        }),
      ended,
    });
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
}

/** Runs `attributed …` until it ends by itself. */
export function cli(args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  return withCli(
    args,
    async ({ kill, ended }) => {
      const timer = setTimeout(() => {
        kill('SIGKILL');
      }, patience);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
    options,
  );
}

/**
 * Our environment without what would change what a command does (proxies, credentials, colours), and without the wish to record
 * coverage: `dist` is no part of what is covered, and recording it made each command slower.
 */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/_proxy$|^CREDENTIALS_DIRECTORY$|^NODE_OPTIONS$|^NODE_V8_COVERAGE$|^FORCE_COLOR$/i.test(name),
    ),
  );
}
