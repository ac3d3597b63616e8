import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Call } from '../../src/simulator/calls/call.js';
import type { ScenarioInput } from '../../src/simulator/scenario.js';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/eventually.js';
import { openSimulator } from '../support/house.js';
import { withPrometheus, type Prometheus } from './prometheus.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An alert has a window and a `for:` of up to 15 s each here, and the machine may be loaded. */
const patience = { within: 90_000, every: 250 };

/** A daemon as it is shipped, on a simulated org, and a Prometheus that watches it. */
export interface Watched {
  simulator: Simulator;
  prometheus: Prometheus;
  /** The daemon's process: the newest one. */
  process: () => ChildProcess;
  /** Starts it (again); resolves when it answers to `/readyz` at all. */
  start: () => Promise<void>;
  /** Kills it. */
  kill: () => Promise<void>;
  folder: string;
  /** Asks the local API. */
  ask: (method: string, path: string, body?: unknown) => Promise<Response>;
  /** Wishes something for the customer of a call; the status. */
  wish: (call: Call, attributes: Record<string, string>, purpose?: string) => Promise<number>;
  /** Waits until the alert fires; meanwhile none may that is not in `also`, which the same fault sets off rightly. */
  fires: (alert: string, also?: readonly string[]) => Promise<void>;
  /** Waits until no alert fires. */
  silent: () => Promise<void>;
}

export interface WatchedOptions {
  scenario?: ScenarioInput;
  config?: Record<string, unknown>;
}

/** Runs a test with a daemon that Prometheus finds well, and ends all of it. */
export async function watched({ scenario = {}, config = {} }: WatchedOptions, test: (world: Watched) => Promise<void>): Promise<void> {
  const simulator = await openSimulator({ perMinute: 100_000, ...scenario });
  const [target, port] = [await freePort(), await freePort()];
  const { url, topics } = simulator;
  const api = `http://127.0.0.1:${target}`;
  let daemon: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (daemon?.exitCode !== null || daemon.signalCode !== null) return;
    const exited = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await exited;
  };
  try {
    await inFolder({ secret: simulatorClient.secret }, async (folder) => {
      const file = join(folder, 'run.yaml');
      const full = {
        genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
        // pings each 2 s: windows of minutes are seconds here
        notifications: { topics, silenceTimeout: '6s' },
        outbox: { dir: 'outbox' },
        http: { listen: `127.0.0.1:${target}` },
        ...config,
      };
      writeFileSync(file, JSON.stringify(full));
      const ask: Watched['ask'] = (method, path, body) =>
        fetch(`${api}${path}`, {
          method,
          ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        });
      const start = async (): Promise<void> => {
        daemon = spawn(process.execPath, ['dist/cli.js', 'run', '-c', file], { cwd: root, stdio: 'ignore' });
        await eventually('the daemon is ready', () =>
          ask('GET', '/readyz').then(
            ({ ok }) => ok,
            () => false,
          ),
        );
      };
      try {
        await start();
        await withPrometheus({ port, target }, async (prometheus) => {
          const silent = (): Promise<void> => eventually('no alert fires', async () => (await prometheus.firing()).length === 0, patience);
          await eventually('it is scraped', async () => (await prometheus.query('up{job="attributed"}'))[0] === 1, patience);
          // until its first scrape Prometheus knew no target
          await silent();
          await test({
            simulator,
            prometheus,
            process: () => {
              if (daemon === undefined) throw new Error('there is no daemon');
              return daemon;
            },
            start,
            kill,
            folder,
            ask,
            wish: async ({ conversation }, attributes, purpose = 'customer') =>
              (await ask('PUT', `/conversations/${conversation?.id ?? ''}/participants/@${purpose}/attributes`, { attributes })).status,
            fires: (alert, also = []) =>
              eventually(
                `${alert} fires`,
                async () => {
                  const firing = await prometheus.firing();
                  expect([alert, ...also], 'what may fire').to.include.members(firing);
                  return firing.includes(alert);
                },
                patience,
              ),
            silent,
          });
        });
      } finally {
        await kill();
      }
    });
  } finally {
    await simulator.close();
  }
}
