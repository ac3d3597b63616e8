import { execFile } from 'node:child_process';
import { chmod, chown, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';

/** What is left of a command that has ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the box until it ends. */
export function run(command: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** Each look at systemd is a process. */
export const unhurried = { every: 100 };

/** The group that the units run in: whoever is in it may read the config. */
async function group(): Promise<number> {
  return Number((await run('getent', 'group', 'attributed')).stdout.split(':')[2]);
}

/** A line of the journal, as far as a check looks at it. */
export interface JournalLine {
  PRIORITY: string;
  SYSLOG_IDENTIFIER: string;
  MESSAGE: string;
}

/** A unit as it is shipped, with its config against a simulator. */
export class Unit {
  readonly name: string;
  readonly config: string;
  readonly secret: string;
  /** Its name in paths. */
  readonly place: string;

  /** @param instance of `attributed@`; none: `attributed.service` */
  constructor(instance?: string) {
    this.name = instance === undefined ? 'attributed.service' : `attributed@${instance}.service`;
    this.place = instance === undefined ? 'attributed' : `attributed-${instance}`;
    this.config = `/etc/attributed/${instance ?? 'attributed'}.yaml`;
    this.secret = `/etc/attributed/${instance === undefined ? '' : `${instance}.`}client-secret`;
  }

  get socket(): string {
    return `/run/${this.place}/http.sock`;
  }

  /** Writes its config and secret, as the README has it done. */
  async configure(
    { url, topics }: Simulator,
    sections: Record<string, unknown> = {},
    secret: string = simulatorClient.secret,
  ): Promise<void> {
    await this.write({
      genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: '%d/client-secret' },
      notifications: { topics },
      http: { listen: `unix:${this.socket}` },
      outbox: { dir: `/var/lib/${this.place}` },
      ...sections,
    });
    await writeFile(this.secret, `${secret}\n`, { mode: 0o600 });
  }

  async write(config: unknown): Promise<void> {
    await writeFile(this.config, typeof config === 'string' ? config : JSON.stringify(config));
    await chown(this.config, 0, await group());
    await chmod(this.config, 0o640);
  }

  /** `systemctl VERB` for it. */
  systemctl(...args: string[]): Promise<Ended> {
    return run('systemctl', ...args, this.name);
  }

  async property(name: string): Promise<string> {
    return (await this.systemctl('show', '--value', '--property', name)).stdout.trim();
  }

  async pid(): Promise<number> {
    return Number(await this.property('MainPID'));
  }

  /** Resolves when a property is as the check wants it. */
  becomes(name: string, wanted: string | RegExp, within?: number): Promise<void> {
    const holds = async (): Promise<boolean> => {
      const value = await this.property(name);
      return typeof wanted === 'string' ? value === wanted : wanted.test(value);
    };
    return eventually(`${this.name}: ${name} is ${String(wanted)}`, holds, { ...unhurried, ...(within === undefined ? {} : { within }) });
  }

  /** What it wrote to its output. */
  async journal(): Promise<JournalLine[]> {
    // by its transport: what systemd's own code says in its processes before they become the program comes another way
    const { stdout } = await run('journalctl', '--output', 'json', '_TRANSPORT=stdout', `_SYSTEMD_UNIT=${this.name}`);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalLine);
  }

  /** Lines of its log of one event. */
  async logged(event: string): Promise<JournalLine[]> {
    return (await this.journal()).filter(({ MESSAGE }) => MESSAGE.includes(`"event":"${event}"`));
  }

  /** What systemd has heard from it, oldest first: `READY=1`, `STOPPING=1, EXTEND_TIMEOUT_USEC=…`. */
  async notifications(): Promise<string[]> {
    const { stdout } = await run('journalctl', '--output', 'cat', '_PID=1', `UNIT=${this.name}`);
    return [...stdout.matchAll(/Got notification message from PID \d+ \((.*)\)/g)].map(([, message]) => String(message));
  }

  /** What it and systemd said of it: for a check that failed. */
  async story(): Promise<string> {
    const { stdout } = await run('journalctl', '--no-pager', '--output', 'short-monotonic', '--unit', this.name);
    // what systemd does before it starts a program is long at the level debug, and right
    return stdout.replaceAll(/^.*\((env|kill|sd-.*)\)\[\d+\]: .*\n/gm, '');
  }

  /** Asks it over its socket, as root. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { socketPath: this.socket, method, path, agent: false, headers: { 'content-type': 'application/json' } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
          });
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** Hands a unit to a check; prints what happened to it if the check fails, and ends it. */
export async function withUnit(instance: string, check: (unit: Unit) => Promise<void>): Promise<void> {
  const unit = new Unit(instance);
  try {
    await check(unit);
  } catch (error) {
    process.stdout.write(await unit.story());
    throw error;
  } finally {
    await unit.systemctl('kill', '--signal', 'SIGKILL', '--kill-whom', 'all');
    await unit.systemctl('stop');
  }
}
