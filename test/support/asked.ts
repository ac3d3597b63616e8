import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { cli, withCli, type Ended, type Running } from './child.js';
import { openSimulator } from './house.js';

/** A daemon in a process of its own, on a simulated org, and commands that ask it. */
export interface Asked {
  simulator: Simulator;
  daemon: Running;
  folder: string;
  /** Runs `attributed …`, with `-c` and a config that leads to the daemon. */
  ask: (...args: string[]) => Promise<Ended>;
}

/** Where a test's daemon listens: on a socket without a token, or at a free port with one, which its config cannot name. */
export type Place = 'unix socket' | 'TCP port with a token';

/** Runs a test beside a daemon that `attributed run` started, and ends all of it. */
export async function withDaemon(place: Place, sections: Record<string, unknown>, test: (asked: Asked) => Promise<void>): Promise<void> {
  const simulator = await openSimulator({ perMinute: 100_000 });
  const { url, topics } = simulator;
  try {
    await inFolder({ secret: simulatorClient.secret, token: 'hush-hush\n' }, async (folder) => {
      const http =
        place === 'unix socket' ? { listen: `unix:${join(folder, 'http.sock')}` } : { listen: '127.0.0.1:0', tokenFile: 'token' };
      const config = {
        genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
        notifications: { topics },
        outbox: { dir: 'outbox' },
        http,
        ...sections,
      };
      writeFileSync(join(folder, 'run.yaml'), JSON.stringify(config));
      await withCli(['run', '-c', join(folder, 'run.yaml')], async (daemon) => {
        await daemon.logged('daemon.ready');
        const listen = daemon.log.find(({ event }) => event === 'http.listening')?.['listen'];
        // as an operator's shell sees it: no secret can be read there but the token that is named
        const seen = {
          ...config,
          genesys: { ...config.genesys, clientSecretFile: '/nowhere/secret' },
          http: place === 'unix socket' ? http : { listen, tokenFile: '%d/token' },
        };
        writeFileSync(join(folder, 'ask.yaml'), JSON.stringify(seen));
        const ask = (...args: string[]): Promise<Ended> => cli([...args, '-c', join(folder, 'ask.yaml')]);
        await test({ simulator, daemon, folder, ask });
      });
    });
  } finally {
    await simulator.close();
  }
}

/** The widest line of a page, in columns. */
export function widest(page: string): number {
  return Math.max(...page.split('\n').map((line) => line.length));
}
