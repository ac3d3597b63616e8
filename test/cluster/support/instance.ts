import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FaultProxy } from '../../support/fault-proxy.js';
import { eventually } from '../../support/eventually.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A line of an instance's log. */
export interface Line extends Readonly<Record<string, unknown>> {
  event: string;
  /** Wall clock, ms. */
  at: number;
}

export interface InstanceDeps {
  name: string;
  /** Holds its config and its outbox. */
  folder: string;
  config: Readonly<Record<string, unknown>>;
  /** Where its local API listens. */
  port: number;
  /** The OAuth client that it is to the platform. */
  client: string;
  /** Its ways to the platform and to the engine. */
  platform: FaultProxy;
  engine: FaultProxy;
}

/** One daemon of the fleet, as a process that is killed, frozen and started again. */
export class Instance {
  readonly name: string;
  readonly client: string;
  readonly platform: FaultProxy;
  readonly engine: FaultProxy;
  /** All that it has logged, in all its runs. */
  readonly lines: Line[] = [];
  /** When it was started last (wall clock, ms). */
  startedAt = 0;
  readonly #deps: InstanceDeps;
  #child: ChildProcess | undefined;
  #closed: Promise<unknown[]> = Promise.resolve([0]);
  #stderr = '';

  constructor(deps: InstanceDeps) {
    this.#deps = deps;
    this.name = deps.name;
    this.client = deps.client;
    this.platform = deps.platform;
    this.engine = deps.engine;
    writeFileSync(this.#configFile, JSON.stringify(deps.config));
  }

  get address(): string {
    return `127.0.0.1:${this.#deps.port}`;
  }

  get #configFile(): string {
    return join(this.#deps.folder, `${this.#deps.name}.yaml`);
  }

  /** Lines of an event, of all runs. */
  told(event: string): Line[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** Starts it; resolves when it is ready. */
  async start(): Promise<void> {
    this.startedAt = Date.now();
    const readyBefore = this.told('daemon.ready').length;
    const child = spawn(process.execPath, ['dist/cli.js', 'run', '-c', this.#configFile], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.#closed = once(child, 'close');
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    await eventually(
      `${this.name} is ready`,
      () => {
        if (child.exitCode !== null) throw new Error(`${this.name} ended with ${child.exitCode}: ${this.#stderr}${this.#last()}`);
        return this.told('daemon.ready').length > readyBefore;
      },
      { within: 30_000, every: 20 },
    );
  }

  /** Ends it in order; rejects if that is not what comes of it. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const [code, signal] = await this.#closed;
    if (code !== 0) throw new Error(`${this.name} ended with ${String(code ?? signal)}: ${this.#stderr}${this.#last()}`);
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#closed;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  wake(): void {
    this.#child?.kill('SIGCONT');
  }

  #take(line: string): void {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null || !('event' in parsed) || !('timestamp' in parsed)) return;
    this.lines.push({ ...parsed, event: String(parsed.event), at: Date.parse(String(parsed.timestamp)) });
  }

  #last(): string {
    return this.lines
      .slice(-5)
      .map((line) => JSON.stringify(line))
      .join('\n');
  }
}
