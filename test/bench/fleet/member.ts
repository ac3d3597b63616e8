import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { statusSchema, type Status } from '../../../src/figures/status.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Clock ticks a second in /proc (sysconf(_SC_CLK_TCK), 100 on Linux). */
const ticks = 100;

/** CPU time that a process has used, in ms. */
export function cpuOf(pid: number): number {
  // after the name, which may hold anything, in parentheses: utime and stime are the 14th and 15th fields of all
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticks;
}

/** A daemon as a process of its own, as it is built. */
export class Member {
  readonly #child: ChildProcess;
  readonly #port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(name: string, folder: string, config: Readonly<Record<string, unknown>>): Promise<Member> {
    const port = await freePort();
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, JSON.stringify({ ...config, http: { listen: `127.0.0.1:${port}` }, outbox: { dir: join(folder, name) } }));
    const child = spawn(process.execPath, ['dist/cli.js', 'run', '-c', file], { cwd: root, stdio: 'ignore' });
    const member = new Member(child, port);
    await eventually(`${name} is ready`, () => member.#isReady(), { within: 30_000, every: 50 });
    return member;
  }

  get cpuMs(): number {
    return cpuOf(this.#child.pid ?? 0);
  }

  async status(): Promise<Status> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/status`);
    return statusSchema.parse(await answer.json());
  }

  /** Wishes; false if it was not accepted. */
  async wish(conversationId: string, attributes: Readonly<Record<string, string>>): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/conversations/${conversationId}/participants/@customer/attributes`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ attributes }),
    });
    await answer.arrayBuffer();
    return answer.status === 202;
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async #isReady(): Promise<boolean> {
    const ready = await fetch(`http://127.0.0.1:${this.#port}/readyz`).catch(() => undefined);
    await ready?.arrayBuffer();
    return ready?.status === 200;
  }
}
