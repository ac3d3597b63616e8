import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { ScenarioInput } from '../../src/simulator/scenario.js';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { freePort } from '../support/free-port.js';
import { withCli, type Running } from '../support/child.js';
import { openSimulator } from '../support/house.js';
import type { Browser } from './devtools.js';
import { Tab } from './tab.js';

/** The token of a daemon that asks for one. */
export const token = 'hush hush';

/** A simulated org, a config for a daemon on it, and a tab. */
export interface World {
  simulator: Simulator;
  tab: Tab;
  folder: string;
  /** Where the page is. */
  url: string;
  /** Runs the daemon as it is shipped, until `work` is done. */
  running: <T>(work: (daemon: Running) => Promise<T>) => Promise<T>;
}

export interface WorldOptions {
  browser: Browser;
  scenario?: ScenarioInput;
  withToken?: boolean;
  /** It listens on a unix socket, and the tab reaches it through a forwarded port, as over ssh. */
  forwarded?: boolean;
}

const rules = [
  {
    name: 'customer-tier',
    when: 'conversation.started',
    lookup: 'crm',
    set: { crmCustomerId: 'lookup.id', priorityLevel: "lookup.tier = 'gold' ? 'HIGH' : 'NORMAL'" },
  },
];

/** Runs a test in a world of its own, and ends all of it. */
export async function inWorld(
  { browser, scenario = {}, withToken = false, forwarded = false }: WorldOptions,
  test: (world: World) => Promise<void>,
): Promise<void> {
  const simulator = await openSimulator(scenario);
  const port = await freePort();
  try {
    await inFolder({ secret: simulatorClient.secret, token }, async (folder) => {
      const { url, crmUrl, topics } = simulator;
      const socket = join(folder, 'http.sock');
      const config = {
        genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
        notifications: { topics },
        outbox: { dir: 'outbox' },
        http: { listen: forwarded ? `unix:${socket}` : `127.0.0.1:${port}`, ...(withToken ? { tokenFile: 'token' } : {}) },
        lookups: { crm: { url: `${crmUrl}/customers?phone={ani}` } },
        rules,
      };
      const file = join(folder, 'run.yaml');
      writeFileSync(file, JSON.stringify(config));
      const running: World['running'] = (work) =>
        withCli(['run', '-c', file], async (daemon) => {
          await daemon.logged('daemon.ready');
          return work(daemon);
        });
      const forward = forwarded ? await forwardTo(socket, port) : undefined;
      const tab = await Tab.open(browser);
      try {
        await test({ simulator, tab, folder, url: `http://localhost:${port}`, running });
      } finally {
        await tab.close();
        await forward?.();
      }
    });
  } finally {
    await simulator.close();
  }
}

/** What `ssh -L PORT:/path` does. Resolves with what ends it. */
async function forwardTo(path: string, port: number): Promise<() => Promise<void>> {
  const open = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(path);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.destroy();
    await closed;
  };
}
